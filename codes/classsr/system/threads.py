"""Calls in several threads, their results in order."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Pools that wait for work, by process and number of threads: to start three takes a millisecond, as
# much as a few tiles, and a process that is forked has none of them.
_idle: dict[tuple[int, int], list[ThreadPoolExecutor]] = defaultdict(list)


def in_parallel(
    run: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    workers: int,
    ahead: int | None = None,
) -> Iterator[tuple[Item, Result]]:
    """Run every item in one of some threads; yields items and results in the order of the items.

    workers: number of threads; with 1 and no `ahead`, the calling thread runs them.
    ahead: how many items are started before the first result is taken, which bounds the memory;
        two for each worker where it is left out.
    """
    if workers == 1 and ahead is None:
        for item in items:
            yield item, run(item)
        return
    started: deque[tuple[Item, Future[Result]]] = deque()
    idle = _idle[os.getpid(), workers]
    pool = idle.pop() if idle else ThreadPoolExecutor(workers)
    try:
        for item in items:
            started.append((item, pool.submit(run, item)))
            if len(started) >= (ahead or 2 * workers):
                first, future = started.popleft()
                yield first, future.result()
        for first, future in started:
            yield first, future.result()
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    idle.append(pool)
