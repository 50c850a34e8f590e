"""Many pictures, in this process or in several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tqdm import tqdm

from classsr.images.picture_reader import count_pixels
from classsr.inference.pictures.attempt import Attempt, Outcome
from classsr.inference.pictures.jobs import Job
from classsr.inference.upscaler import Upscaler
from classsr.system.engines import Engine

Done = Callable[[Outcome], None]

_upscaler: Upscaler | None = None  # of a process that an engine started


def run_here(
    jobs: Sequence[Job], attempt: Attempt, upscaler: Upscaler, *, done: Done, bar: bool
) -> None:
    """Do one job after the other. bar: show progress, where there is a terminal."""
    pixels = [count_pixels(job.source) if job.source.is_file() else 0 for job in jobs]
    with tqdm(
        total=sum(pixels), unit="pixel", unit_scale=True, disable=None if bar else True
    ) as shown:
        for job, area in zip(jobs, pixels, strict=True):

            def progress(share: float, area: int = area) -> None:
                shown.update(share * area)

            done(attempt(job, upscaler, progress))


def run_apart(
    jobs: Sequence[Job],
    attempt: Attempt,
    make_upscaler: Callable[[], Upscaler],
    *,
    engine: Engine,
    prepare: Callable[[], None],
    done: Done,
    bar: bool,
) -> None:
    """Do jobs in several processes, of this machine or others.

    make_upscaler, prepare: called in each one; prepare first, say for its messages.
    """
    with tqdm(total=len(jobs), unit="picture", disable=None if bar else True) as shown:

        def tell(job: Job, outcome: Outcome | None) -> None:
            killed = f"{job.source}: killed its process, most likely for want of memory"
            done(outcome or Outcome(job, error=f"{killed}; try it with --processes 1"))
            shown.update()

        engine(
            jobs,
            partial(_work, attempt=attempt),
            begin=partial(begin_process, make_upscaler, prepare),
            done=tell,
        )


def begin_process(make_upscaler: Callable[[], Upscaler], prepare: Callable[[], None]) -> None:
    """Give a process the upscaler of `own_upscaler`."""
    global _upscaler
    prepare()
    _upscaler = make_upscaler()


def own_upscaler() -> Upscaler:
    """The upscaler of this process, after `begin_process`."""
    assert _upscaler is not None
    return _upscaler


def _work(job: Job, *, attempt: Attempt) -> Outcome:
    return attempt(job, own_upscaler())
