"""Work through many items on the machines of a Ray cluster."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from classsr.errors import ClassSRError

Item = TypeVar("Item")
Result = TypeVar("Result")
ANSWER = 10  # seconds within which a cluster answers
ATTEMPTS = 3  # workers that an item may lose before it is given up


def work_on_cluster(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    *,
    address: str,
    begin: Callable[[], None],
    done: Callable[[Item, Result | None], None],
) -> None:
    """Do `work` on every item in a worker for each processor of a cluster.

    What a worker had in hand when it or its machine died is done again by another one.

    address: of the cluster, or "auto" for one that runs on this machine, or else a new one on it.
    begin: called first in each worker; all that is passed on must be picklable.
    done: called here with each item and its result, in the order in which they come; None where
        `ATTEMPTS` workers died over the item.
    """
    with connected(address) as ray:
        processors = int(ray.cluster_resources().get("CPU", 1))
        workers = _Workers(ray, begin, number=max(1, min(processors, len(items))))
        waiting = deque(range(len(items)))
        lost: Counter[int] = Counter()
        left = len(items)
        while left:
            place, result, died = workers.next(waiting, lambda number: (work, items[number]))
            if place is None:
                continue
            lost[place] += died
            if died and lost[place] < ATTEMPTS:
                waiting.appendleft(place)
            else:
                done(items[place], result)
                left -= 1


class _Workers:
    """Actors on a cluster, of which each that died is replaced."""

    def __init__(self, ray: Any, begin: Callable[[], None], *, number: int) -> None:
        self._ray, self._begin = ray, begin
        self._actor = ray.remote(num_cpus=1)(_Worker)
        self._running: dict[Any, tuple[Any, int | None]] = {}  # by what it will return
        self._idle: list[Any] = []
        self._unable = 0
        for _ in range(number):
            self._start()

    def _start(self) -> None:
        worker = self._actor.remote()
        self._running[worker.begin.remote(self._begin, Path.cwd())] = worker, None

    def next(
        self, waiting: deque[int], call: Callable[[int], tuple[Any, Any]]
    ) -> tuple[int | None, Any, bool]:
        """Give idle workers what waits, then wait for one; its item, its result, whether it died.

        The item is None where a worker has only begun.
        """
        while self._idle and waiting:
            worker, number = self._idle.pop(), waiting.popleft()
            self._running[worker.do.remote(*call(number))] = worker, number
        (ready, *_), _ = self._ray.wait(list(self._running))
        worker, place = self._running.pop(ready)
        try:
            result = self._ray.get(ready)
        except self._ray.exceptions.RayActorError as error:
            self._unable += place is None
            if self._unable > ATTEMPTS:
                raise ClassSRError(f"the workers of the cluster cannot begin ({error})") from error
            self._start()
            return place, None, True
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            raise cause from error
        self._idle.append(worker)
        return place, result, False


class _Worker:
    """A process on some machine; it computes with one thread, on one processor."""

    def begin(self, begin: Callable[[], None], folder: Path) -> None:
        """folder: that relative paths start from, where it is on this machine."""
        with suppress(OSError):
            os.chdir(folder)
        os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
        _take_core()
        begin()

    def do(self, work: Callable[[Any], Any], item: Any) -> Any:
        return work(item)


def _take_core() -> None:
    """Keep this process to a core that no other worker of this machine has, if there is one."""
    for core in sorted(os.sched_getaffinity(0)):
        path = Path(tempfile.gettempdir()) / f"classsr-{os.getuid()}-core{core}"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:  # somebody else's
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
        else:  # held until the process ends
            os.sched_setaffinity(0, {core})
            return


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster; one that was started for the body ends with it.

    address: as for `work_on_cluster`; within another body the cluster is that one's.
    """
    if find_spec("ray") is None:
        raise ClassSRError("--cluster needs Ray; run: pip install 'classsr[cluster]'")
    import ray

    if ray.is_initialized():
        yield ray
        return
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address != "auto":
        _check_address(address)
    try:
        ray.init(address=address, **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        if address != "auto":
            raise ClassSRError(f"--cluster {address}: is no cluster of Ray ({error})") from error
        os.environ.setdefault("RAY_raylet_start_wait_time_s", "120")  # for a machine that is busy
        ray.init(address="local", include_dashboard=False, **options)
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_address(address: str) -> None:
    """Raise ClassSRError where nobody answers, for which Ray itself would wait for minutes."""
    host, _, port = address.rpartition(":")
    if not (host and port.isdigit()):
        raise ClassSRError(f"--cluster {address}: expected auto or HOST:PORT, as 10.0.0.1:6379")
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER).close()
    except (OSError, OverflowError) as error:
        raise ClassSRError(
            f"--cluster {address}: no cluster answers ({error}); start one by ray start --head"
        ) from error
