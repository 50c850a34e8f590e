"""Super-resolve parts of a raster, each into a file of its own."""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from classsr.inference.full import Geometry, Plan, at_least_a_tile, restore_range
from classsr.inference.tiling import full_tiling
from classsr.inference.usage import Usage
from classsr.rasters.band_rows import BandRows
from classsr.rasters.job import RasterJob, load_classes
from classsr.rasters.library import gdal
from classsr.rasters.raster import RasterInfo, open_raster
from classsr.runtime.runner import Runner
from classsr.system.files import write_atomic

BLOCK_ROWS = 16
PREDICTORS = {"f": 3, "i": 2, "u": 2}  # of TIFF, by the kind of dtype


def make_parts(
    job: RasterJob,
    parts: range,
    runner: Runner,
    *,
    geometry: Geometry,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Super-resolve parts that lie below each other and note what each took.

    progress: called with LR pixels restored since, those of each group counted.
    """
    with open_raster(job.source) as raster:
        rows = [BandRows(raster, group) for group in job.groups]
        plans = [
            plan_of(own, classes, geometry=geometry, scale=runner.scale)
            for own, classes in zip(rows, load_classes(job), strict=True)
        ]
        first, last = parts.start * job.strips, min(parts.stop * job.strips, plans[0].num_strips)
        strips = zip(
            *(restore_range(p, runner, first=first, last=last, progress=progress) for p in plans),
            strict=True,
        )
        for number in parts:
            begin = time.perf_counter()
            own = range(number * job.strips, min((number + 1) * job.strips, last))
            _write_part(job, number, own, zip(own, strips, strict=False), rows, plans, raster.info)
            spent = usage_of_part(plans, own, num_classes=runner.num_classes)
            spent |= {"seconds": time.perf_counter() - begin}
            write_atomic(job.note(number), json.dumps(spent).encode())


def plan_of(rows: BandRows, classes: np.ndarray, *, geometry: Geometry, scale: int) -> Plan:
    """The plan of a group whose classes were decided before."""
    height, width = rows.shape[:2]
    padded = at_least_a_tile(rows, tile=geometry.tile)
    tiling = full_tiling(*padded.shape[:2], tile=geometry.tile)
    return Plan(padded, height, width, tiling, classes, geometry, scale)


def _write_part(
    job: RasterJob,
    number: int,
    own: range,
    strips: Iterator[tuple[int, Sequence[np.ndarray]]],
    rows: list[BandRows],
    plans: list[Plan],
    info: RasterInfo,
) -> None:
    plan, scale = plans[0], plans[0].scale
    top = plan.finished(own.start - 1)
    bottom = min(plan.finished(own.stop - 1), plan.height)
    size = (scale * (bottom - top), scale * info.width)
    with new_part(job.part(number), size=size, info=info) as dataset:
        for strip, levels in itertools.islice(strips, len(own)):
            first = plan.finished(strip - 1)
            last = min(plan.finished(strip), plan.height)
            window = ((scale * (first - top), scale * (last - top)), (0, size[1]))
            for group, band_rows, values in zip(job.groups, rows, levels, strict=True):
                bands = band_rows.finish(values, first, last, scale=scale)
                dataset.write(bands, indexes=list(group.bands), window=window)


@contextmanager
def new_part(path: Path, *, size: tuple[int, int], info: RasterInfo) -> Iterator[Any]:
    """A file to write rows to, which has its name once it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}")
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
    partial.replace(path)


def usage_of_part(plans: list[Plan], strips: range, *, num_classes: int) -> dict[str, list[int]]:
    """LR pixels of the parts' regions through each branch, halos included."""
    computed = np.zeros(num_classes, dtype=np.int64)
    for plan in plans:
        for region in itertools.chain.from_iterable(map(plan.strip, strips)):
            computed[region.branch] += math.prod(region.shape)
    return {"computed": computed.tolist()}


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
