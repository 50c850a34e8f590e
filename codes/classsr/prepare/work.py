"""Work through many items on all cores, with progress, so that it can be killed and repeated."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection
from typing import TypeVar

from tqdm import tqdm

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
        initializer=_die_with_parent,
    ) as pool:
        try:
            return list(tqdm(pool.map(work, items), desc=label, total=len(items)))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _die_with_parent() -> None:
    """End this worker when its parent is killed; it would wait for work forever otherwise."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
