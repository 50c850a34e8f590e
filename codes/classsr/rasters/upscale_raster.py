"""Super-resolve a map or a large picture from file to file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from classsr.errors import ClassSRError
from classsr.inference.full import decide
from classsr.inference.upscaler import Upscaler
from classsr.inference.usage import Usage
from classsr.rasters.band_rows import BandRows, make_groups
from classsr.rasters.bands import group_bands
from classsr.rasters.header import MOST_PIXELS, check_pixels
from classsr.rasters.job import (
    PART_PIXELS,
    RasterJob,
    discard,
    identity,
    load_job,
    save_job,
)
from classsr.rasters.mosaic import assemble
from classsr.rasters.parts import make_parts, usage_of_job
from classsr.rasters.raster import open_raster
from classsr.rasters.values import ValueRange

CLASSIFYING = 0.1  # of the whole work, about


@dataclass(frozen=True)
class RasterSettings:
    """What the user says about rasters.

    bands: those that show red, green and blue; values: what becomes black and white; by default
    the file decides. most_pixels: larger files are refused. overviews: see `assemble`.
    """

    bands: tuple[int, int, int] | None = None
    values: ValueRange | None = None
    most_pixels: int = MOST_PIXELS
    overviews: bool = False


# Makes parts of a job, in this process or elsewhere; takes what `make_parts` takes.
PartMaker = Callable[[RasterJob, Sequence[int], Callable[[int], object]], None]


def upscale_raster(
    source: Path,
    target: Path,
    upscaler: Upscaler,
    *,
    settings: RasterSettings = RasterSettings(),
    about: dict[str, Any] | None = None,
    progress: Callable[[float], object] = lambda share: None,
    make: PartMaker | None = None,
) -> Usage:
    """Super-resolve a file; a run that was killed goes on with its last finished rows.

    about: what the result depends on besides, such as the name of the model.
    progress: called now and then with the share of the work done since; the shares sum to 1.
    Raises ClassSRError for a file that cannot be read, or a result that cannot be written.
    """
    if upscaler.scale != upscaler.runner.scale:
        raise ClassSRError(
            f"{source}: maps and large pictures come in the network's scale of "
            f"{upscaler.runner.scale}; leave --scale out"
        )
    job = prepare(source, target, upscaler, settings=settings, about=about or {})
    missing = job.missing
    share = (1 - CLASSIFYING) * len(missing) / job.parts
    progress(1 - share)
    whole = len(job.groups) * sum(map(job.area, missing))

    def restored(pixels: int) -> None:
        progress(share * pixels / whole)

    (make or local_maker(upscaler))(job, missing, restored)
    assemble(job, scale=upscaler.scale, overviews=settings.overviews)
    spent = usage_of_job(job, num_classes=upscaler.runner.num_classes)
    discard(target)
    return spent


def prepare(
    source: Path,
    target: Path,
    upscaler: Upscaler,
    *,
    settings: RasterSettings,
    about: dict[str, Any],
) -> RasterJob:
    """The job, as an earlier run left it or anew with all classes decided."""
    with open_raster(source) as raster:
        info = raster.info
        check_pixels(source, info.width, info.height, most=settings.most_pixels)
        groups = make_groups(
            raster, group_bands(info.colours, chosen=settings.bands), settings.values
        )
        depends = about | {
            "source": identity(source),
            "scale": upscaler.scale,
            "tile": upscaler.geometry.tile,
        }
        found = load_job(target)
        if found and found.settings == depends and found.groups == groups:
            return found
        discard(target)
        classes, plan = [], None
        for group in groups:
            plan = decide(
                BandRows(raster, group),
                upscaler.runner,
                geometry=upscaler.geometry,
                route=upscaler.route,
            )
            classes.append(plan.classes)
        assert plan is not None  # a raster has a band
    rows = plan.strip_rows * plan.geometry.tile
    strips = max(1, PART_PIXELS // (rows * plan.size[1]))
    job = RasterJob(
        source.resolve(), target.resolve(), depends, groups, plan.size, strips, strips * rows
    )
    save_job(job, classes)
    return job


def local_maker(upscaler: Upscaler) -> PartMaker:
    """Makes parts in this process."""

    def make(job: RasterJob, missing: Sequence[int], progress: Callable[[int], object]) -> None:
        for parts in runs(missing):
            make_parts(job, parts, upscaler.runner, geometry=upscaler.geometry, progress=progress)

    return make


def runs(numbers: Iterable[int]) -> list[range]:
    """Ascending numbers in ranges without a gap."""
    groups = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    found = [[number for _, number in group] for _, group in groups]
    return [range(own[0], own[-1] + 1) for own in found]
