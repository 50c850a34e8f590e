"""Work through many items in several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from multiprocessing.queues import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def work_apart(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    *,
    n_processes: int,
    begin: Callable[[], None],
    done: Callable[[Item, Result | None], None],
) -> None:
    """Do `work` on every item in processes that share the cores; a killed one stops no other.

    n_processes: at most; begin: called first in each. All that is passed on must be picklable.
    done: called here with each item and its result, in the order in which they come; None where
        the item killed its process. After Ctrl-C what has begun is finished and told, too.
    Raises what `work` or `done` raises, once what has begun is finished.
    """
    n_processes = min(n_processes, len(items))
    waiting = list(items)
    while waiting:
        lost = _round(waiting, work, n_processes=n_processes, begin=begin, done=done)
        suspects, waiting = lost[:n_processes], lost[n_processes:]
        for item in suspects:
            if _round([item], work, n_processes=1, begin=begin, done=done):
                done(item, None)


def _round(
    items: list[Item],
    work: Callable[[Item], Result],
    *,
    n_processes: int,
    begin: Callable[[], None],
    done: Callable[[Item, Result | None], None],
) -> list[Item]:
    """Work until all is done or a process is killed; returns what is left, in order."""
    context = multiprocessing.get_context("spawn")
    cores = sorted(os.sched_getaffinity(0))
    shares = context.SimpleQueue()
    for number in range(n_processes):
        shares.put(cores[number::n_processes] or [cores[number % len(cores)]])
    # One thread of linear algebra a core: the processes would fight for the cores otherwise.
    threads = str(max(1, len(cores) // n_processes))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", threads)
    if "OMP_NUM_THREADS" not in os.environ:
        os.environ["MKL_NUM_THREADS"] = threads
    told: set[int] = set()
    with ProcessPoolExecutor(
        n_processes, mp_context=context, initializer=_begin_apart, initargs=(shares, begin)
    ) as pool:
        futures = {pool.submit(work, item): place for place, item in enumerate(items)}

        def tell(future: Future[Result]) -> None:
            if not isinstance(future.exception(), BrokenProcessPool):
                done(items[futures[future]], future.result())
                told.add(futures[future])

        try:
            for future in as_completed(futures):
                tell(future)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            for future, place in futures.items():
                if not future.cancelled() and place not in told:
                    tell(future)
            raise
        finally:
            pool.shutdown(cancel_futures=True)
    return [item for place, item in enumerate(items) if place not in told]


def _begin_apart(shares: SimpleQueue[list[int]], begin: Callable[[], None]) -> None:
    _follow_parent()
    os.sched_setaffinity(0, shares.get())
    begin()


def _follow_parent() -> None:
    """Leave signals to the parent, and end when it is killed, not wait for work forever."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
