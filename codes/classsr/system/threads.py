"""Several calls of a runner at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_parallel(
    run: Callable[[Job], Result], jobs: Iterable[Job], *, workers: int
) -> Iterator[tuple[Job, Result]]:
    """Run every job in one of some threads; yields jobs and results in the order of the jobs.

    At most two jobs for each worker have been started and not yet yielded, which bounds the
    memory that results take.
    """
    if workers == 1:
        for job in jobs:
            yield job, run(job)
        return
    started: deque[tuple[Job, Future[Result]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for job in jobs:
            started.append((job, pool.submit(run, job)))
            if len(started) == 2 * workers:
                done, future = started.popleft()
                yield done, future.result()
        for done, future in started:
            yield done, future.result()
