"""Calls in several threads."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Pools that wait for work, by process and number of threads: to start three takes a millisecond, as
# much as a few tiles, and a process that is forked has none of them.
_idle: dict[tuple[int, int], list[ThreadPoolExecutor]] = defaultdict(list)


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that nobody else uses meanwhile; after an error none of their work goes on."""
    idle = _idle[os.getpid(), workers]
    pool = idle.pop() if idle else ThreadPoolExecutor(workers)
    try:
        yield pool
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    idle.append(pool)


def in_parallel(
    run: Callable[[Item], Result], items: Iterable[Item], *, workers: int, ahead: int | None = None
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
    with _pool(workers) as pool:
        for item in items:
            started.append((item, pool.submit(run, item)))
            if len(started) >= (ahead or 2 * workers):
                first, future = started.popleft()
                yield first, future.result()
        for first, future in started:
            yield first, future.result()


def each_in_parallel(
    run: Callable[[Item], object], items: Iterable[Item], *, workers: int
) -> Iterator[Item]:
    """Run every item for what it does; yields items that are done, in any order.

    The calling thread is one of the workers. Each takes the next item by itself, so that no
    thread is woken to hand over what another one did: of short calls, such as small networks on
    tiles, that takes a few per cent.

    items: the next one may be asked for in any of the threads, in one at a time.
    """
    waiting, lock, ended = iter(items), Lock(), Event()
    done: deque[Item] = deque()  # in the other threads

    def one_by_one() -> Iterator[Item]:
        try:
            while not ended.is_set():
                with lock:
                    try:
                        item = next(waiting)
                    except StopIteration:
                        return
                run(item)
                yield item
        except BaseException:
            ended.set()
            raise

    def work() -> None:
        for item in one_by_one():
            done.append(item)

    if workers == 1:
        yield from one_by_one()
        return
    with _pool(workers - 1) as pool:
        others = [pool.submit(work) for _ in range(workers - 1)]
        try:
            for item in one_by_one():
                yield item
                while done:
                    yield done.popleft()
        finally:
            ended.set()  # the others end as well, wherever this one was left
        for other in others:
            other.result()
        yield from done
