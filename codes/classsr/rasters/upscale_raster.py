"""Super-resolve a map or a large picture from file to file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classsr.errors import ClassSRError
from classsr.images.origin import Origin
from classsr.inference.full_protocol_in_rows import classify_rows, strips_of
from classsr.inference.upscaler import Upscaler
from classsr.inference.usage import Usage
from classsr.rasters.band_rows import BandRows, make_group
from classsr.rasters.bands import group_bands
from classsr.rasters.header import MOST_PIXELS, check_pixels
from classsr.rasters.job import (
    PART_PIXELS,
    RasterJob,
    discard,
    identity,
    load_job,
    save_job,
    work_folder,
)
from classsr.rasters.mosaic import assemble
from classsr.rasters.parts import make_part, usage_of_job
from classsr.rasters.raster import open_raster
from classsr.rasters.values import ValueRange

CLASSIFYING = 0.1  # of the whole work, about


@dataclass(frozen=True)
class RasterSettings:
    """What the user says about rasters.

    bands: those that show red, green and blue; values: what becomes black and white; by default
    the file decides. most_pixels: larger files are refused. overviews, quality: see `assemble`.
    """

    bands: tuple[int, int, int] | None = None
    values: ValueRange | None = None
    most_pixels: int = MOST_PIXELS
    overviews: bool = False
    quality: int = 95


# Makes parts of a job elsewhere; takes what `make_part` takes.
PartMaker = Callable[[RasterJob, Sequence[int], Callable[[int], object]], None]


def upscale_raster(
    source: Path,
    target: Path,
    upscaler: Upscaler,
    *,
    settings: RasterSettings = RasterSettings(),
    origin: Origin | None = None,
    progress: Callable[[float], object] = lambda share: None,
    make: PartMaker | None = None,
) -> Usage:
    """Super-resolve a file; a run that was killed goes on with its last finished rows.

    origin: what the result is made from, such as the model; noted in it.
    progress: called from time to time with the share of the work done since; they sum to 1.
    Raises ClassSRError for a file that cannot be read, or a result that cannot be written.
    """
    if upscaler.scale != upscaler.runner.scale:
        raise ClassSRError(
            f"{source}: maps and large pictures come in the network's scale of "
            f"{upscaler.runner.scale}; leave --scale out"
        )
    with work_folder(target):
        job = prepare(source, target, upscaler, settings=settings, origin=origin or {})
        missing = job.missing
        share = (1 - CLASSIFYING) * len(missing) / job.parts
        progress(1 - share)
        whole = len(job.groups) * sum(map(job.area, missing))

        def restored(pixels: int) -> None:
            progress(share * pixels / whole)

        if make is not None:
            make(job, missing, restored)
        else:
            for number in missing:
                make_part(job, number, upscaler, progress=restored)
        assemble(
            job,
            scale=upscaler.runner.scale,
            overviews=settings.overviews,
            quality=settings.quality,
            origin=origin or {},
        )
        spent = usage_of_job(job, num_classes=upscaler.runner.num_classes)
        discard(target)
    return spent


def prepare(
    source: Path, target: Path, upscaler: Upscaler, *, settings: RasterSettings, origin: Origin
) -> RasterJob:
    """The job, as an earlier run left it or anew with all classes decided."""
    with open_raster(source) as raster:
        info = raster.info
        check_pixels(source, info.width, info.height, most=settings.most_pixels)
        groups = [
            make_group(raster, bands, settings.values)
            for bands in group_bands(info.colours, chosen=settings.bands)
        ]
        depends = origin | {"source": identity(source), "tile": upscaler.tile}
        found = load_job(target)
        if found and found.settings == depends and found.groups == groups:
            return found
        discard(target)
        images = [BandRows(raster, group) for group in groups]
        geometry = upscaler.geometry((info.height, info.width))
        classes = [
            upscaler.classes(classify_rows(image, upscaler.runner, geometry=geometry), geometry)
            for image in images
        ]
    strips = strips_of(images[0].shape, geometry)
    number = max(1, PART_PIXELS // (strips.rows * strips.width))
    job = RasterJob(
        source.resolve(),
        target.resolve(),
        depends,
        groups,
        size=strips.tiling.covered,
        strips=number,
        part_rows=number * strips.rows,
    )
    save_job(job, classes)
    return job
