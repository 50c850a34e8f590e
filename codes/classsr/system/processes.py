"""Work through many items on all cores, with progress, so that it can be killed and repeated."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import TypeVar

from tqdm import tqdm

from classsr.errors import ClassSRError

Item = TypeVar("Item")
Result = TypeVar("Result")


def work_through(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    *,
    label: str,
    n_workers: int | None = None,
) -> list[Result]:
    """The results of `work` on every item, computed by one process per core or by n_workers.

    `work`, the items and the results must be picklable. The first error stops the run and is
    raised. Processes are started afresh, so scripts need `if __name__ == "__main__"`.
    """
    n_workers = min(n_workers or len(os.sched_getaffinity(0)), len(items))
    if n_workers <= 1:
        return [work(item) for item in tqdm(items, desc=label, disable=not items)]
    # One thread of linear algebra per process: they would fight for the cores otherwise.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(
        n_workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_follow_parent,
    ) as pool:
        try:
            return list(tqdm(pool.map(work, items), desc=label, total=len(items)))
        except BrokenProcessPool as error:
            raise ClassSRError(
                f"{label}: a process was killed, most likely for want of memory; "
                "repeat the command with fewer --workers"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _follow_parent() -> None:
    """Leave Ctrl-C to the parent, and end when it is killed, not wait for work forever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
