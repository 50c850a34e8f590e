"""The parts of one large picture, shared among processes or machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from classsr.errors import ClassSRError
from classsr.inference.pictures.run import begin_process, own_upscaler
from classsr.inference.upscaler import Upscaler
from classsr.rasters.job import RasterJob, load_job
from classsr.rasters.parts import make_part
from classsr.rasters.upscale_raster import PartMaker
from classsr.system.engines import Engine


def shared_maker(
    engine: Engine, make_upscaler: Callable[[], Upscaler], prepare: Callable[[], None]
) -> PartMaker:
    """Makes parts by an engine, on whose machines source and result have the same paths.

    make_upscaler, prepare: called in each process; prepare first, say for its messages.
    """

    def make(job: RasterJob, missing: Sequence[int], progress: Callable[[int], object]) -> None:
        failed: list[str] = []

        def tell(number: int, error: str | None) -> None:
            if error is None:
                failed.append(f"{job.source}: part {number} killed its process; lower --processes")
            elif error:
                failed.append(error)
            else:
                progress(len(job.groups) * job.area(number))

        begin = partial(begin_process, make_upscaler, prepare)
        engine(missing, partial(_part, target=job.target), begin=begin, done=tell)
        if failed:
            raise ClassSRError(failed[0])

    return make


def _part(number: int, *, target: Path) -> str:
    """Make a part; the error, empty where there is none."""
    try:
        job = load_job(target)
        if job is None:
            raise ClassSRError(f"{target.parent}: is not the same folder on every machine")
        make_part(job, number, own_upscaler())
    except ClassSRError as error:
        return str(error)
    return ""
