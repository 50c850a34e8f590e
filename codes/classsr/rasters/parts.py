"""Super-resolve parts of a raster, each into a file of its own."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from classsr.inference.full_protocol_in_rows import Strips, restore_strip, strips_of
from classsr.inference.upscaler import Upscaler
from classsr.inference.usage import Usage
from classsr.rasters.band_rows import BandRows
from classsr.rasters.disk import check_space, check_whole
from classsr.rasters.job import RasterJob, load_classes
from classsr.rasters.raster import RasterInfo, gdal, open_raster
from classsr.system.files import write_atomic

BLOCK_ROWS = 16
PREDICTORS = {"f": 3, "i": 2, "u": 2}  # of TIFF, by the kind of dtype


def make_part(
    job: RasterJob,
    number: int,
    upscaler: Upscaler,
    *,
    progress: Callable[[int], object] = lambda pixels: None,
) -> None:
    """Super-resolve one part and note what it took.

    progress: called with LR pixels restored since, those of each group counted.
    """
    begin = time.perf_counter()
    runner = upscaler.runner
    classes = load_classes(job)
    with open_raster(job.source) as raster:
        images = [BandRows(raster, group) for group in job.groups]
        geometry = upscaler.geometry((raster.info.height, raster.info.width))
        strips = strips_of(images[0].shape, geometry)
        own = range(number * job.strips, min((number + 1) * job.strips, len(strips)))
        top, bottom = strips.span(own[0])[0], strips.span(own[-1])[1]
        size = (runner.scale * (bottom - top), runner.scale * strips.width)
        with new_part(job.part(number), size=size, info=raster.info) as file:
            for strip in own:
                first, last = strips.span(strip)
                rows = (runner.scale * (first - top), runner.scale * (last - top))
                for group, image, its_classes in zip(job.groups, images, classes, strict=True):
                    restored = restore_strip(
                        image,
                        strips,
                        its_classes,
                        strip,
                        runner,
                        grey=image.is_grey,
                        dtype=image.result_dtype,
                        progress=progress,
                    )
                    bands = image.finish(restored, first, last, scale=runner.scale)
                    check_space(job.part(number), bands.nbytes)
                    file.write(bands, indexes=list(group.bands), window=(rows, (0, size[1])))
    note = {
        "computed": computed_pixels(strips, own, classes, num_classes=runner.num_classes),
        "seconds": time.perf_counter() - begin,
    }
    write_atomic(job.note(number), json.dumps(note).encode())


@contextmanager
def new_part(path: Path, *, size: tuple[int, int], info: RasterInfo) -> Iterator[Any]:
    """A file to write rows to, which has its name once it is complete."""
    partial = path.with_name(f".{path.name}.{os.uname().nodename}.{os.getpid()}")
    partial.unlink(missing_ok=True)  # GDAL would open it first
    with (
        gdal(path) as rasterio,
        rasterio.open(
            partial,
            "w",
            driver="GTiff",
            height=size[0],
            width=size[1],
            count=info.count,
            dtype=info.dtype,
            interleave="pixel",
            blockysize=BLOCK_ROWS,
            compress="zstd",
            zstd_level=1,
            predictor=PREDICTORS[info.dtype.kind],
            bigtiff="IF_SAFER",
        ) as dataset,
    ):
        yield dataset
    check_whole(partial)
    partial.replace(path)


def computed_pixels(
    strips: Strips, own: range, classes: list[np.ndarray], *, num_classes: int
) -> list[int]:
    """LR pixels of some strips' regions through each branch, halos included."""
    computed = [0] * num_classes
    for its_classes in classes:
        for strip in own:
            for region in strips.regions(its_classes, strip):
                computed[region.branch] += math.prod(region.shape)
    return computed


def usage_of_job(job: RasterJob, *, num_classes: int) -> Usage:
    """What all parts took together, from their notes."""
    notes = [json.loads(job.note(number).read_text()) for number in range(job.parts)]
    tiles = [np.bincount(classes, minlength=num_classes) for classes in load_classes(job)]
    return Usage(
        tiles=np.sum(tiles, axis=0),
        computed=np.sum([note["computed"] for note in notes], axis=0),
        area=math.prod(job.size) * len(job.groups),
        seconds=sum(note["seconds"] for note in notes),
    )
