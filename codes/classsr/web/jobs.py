"""The queue: one picture is computed at a time, the others wait in the order in which they came."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any, Literal

from classsr.errors import ClassSRError
from classsr.web.enlargement import Enlargement

State = Literal["waiting", "running", "done", "failed", "stopped"]
MOST_WAITING = 16
KEPT = 3 * 2**30  # bytes of pictures that stay for another budget; the newest always stays

log = logging.getLogger("classsr")


class Interrupted(Exception):
    """Raised within a computation that nobody wants any more."""


class Job:
    """A picture from the drop on.

    prepare: makes its `Enlargement` when its turn comes first.
    version: grows with every result and every new number about it.
    """

    def __init__(self, name: str, prepare: Callable[[], Enlargement]) -> None:
        self.id = secrets.token_urlsafe(12)
        self.name = name
        self.state: State = "waiting"
        self.error = ""
        self.version = 0
        self.enlargement: Enlargement | None = None
        self.budget: float | None = None
        self._prepare: Callable[[], Enlargement] | None = prepare
        self._interrupt = Event()
        self._begin, self._share = 0.0, 0.0

    def interrupt(self) -> None:
        """Stop what is being computed for it."""
        self._interrupt.set()

    def begin(self) -> None:
        """Its turn has come."""
        self._interrupt.clear()
        self.state, self._begin, self._share = "running", time.perf_counter(), 0.0

    def run(self) -> None:
        """Enlarge it under the budget that is wanted now."""
        if self._prepare is not None:
            prepare, self._prepare = self._prepare, None
            self.enlargement = prepare()
        if self.enlargement is None:
            raise ClassSRError(f"{self.name}: could not be read; drop another picture")
        self._progress(0)
        self.enlargement.run(self.budget, self._progress)
        self.version += 1
        if self.enlargement.truth is not None:
            self._progress(0)
            self.enlargement.score()
            self.version += 1
        self.state = "done"

    def status(self) -> dict[str, Any]:
        """What the page shows while it waits, and the numbers afterwards."""
        seconds = time.perf_counter() - self._begin
        left = seconds * (1 - self._share) / self._share if self._share > 0 else None
        status: dict[str, Any] = {
            "state": self.state,
            "version": self.version,
            "name": self.name,
            "error": self.error,
        }
        if self.state == "running":
            status |= {"progress": self._share, "seconds_left": left}
        if self.enlargement is not None:
            height, width = self.enlargement.picture.pixels.shape[:2]
            status |= {"width": width, "height": height, "scale": self.enlargement.scale}
            status["test"] = self.enlargement.truth is not None
            if self.enlargement.result is not None:
                status["figures"] = self.enlargement.figures()
        return status

    def _progress(self, share: float) -> None:
        self._share = min(1.0, self._share + share)
        if self._interrupt.is_set():
            raise Interrupted


class Queue:
    """Jobs by their id, and the one thread that computes them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}  # from the least recently used to the newest
        self._waiting: list[Job] = []
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="classsr-web")

    def add(self, job: Job) -> None:
        """Let a new job wait for its turn; ClassSRError where too many do."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                raise ClassSRError(f"{job.name}: {MOST_WAITING} pictures wait already; try later")
            self._jobs[job.id] = job
        self.request(job, budget=None)

    def get(self, key: str) -> Job | None:
        """The job of an id, None where it has been dropped."""
        with self._lock:
            job = self._jobs.pop(key, None)
            if job is not None:
                self._jobs[key] = job  # now the newest
            return job

    def request(self, job: Job, *, budget: float | None) -> None:
        """Let a job wait for its turn under another budget; the newest request counts."""
        with self._lock:
            job.budget = budget
            job.interrupt()
            if job not in self._waiting:
                self._waiting.append(job)
                job.state, job.error = "waiting", ""
                self._worker.submit(self._work)

    def cancel(self, job: Job) -> None:
        """Stop a job or take it out of the queue; its last result stays."""
        with self._lock:
            if job in self._waiting:
                self._waiting.remove(job)
                job.state = "stopped"
            job.interrupt()

    def drop(self, job: Job) -> None:
        """Stop a job and forget its picture."""
        self.cancel(job)
        with self._lock:
            self._jobs.pop(job.id, None)

    def before(self, job: Job) -> int:
        """How many jobs come before one that waits."""
        with self._lock:
            running = any(other.state == "running" for other in self._jobs.values())
            return running + (self._waiting.index(job) if job in self._waiting else 0)

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            self._waiting.clear()
            for job in self._jobs.values():
                job.interrupt()
        self._worker.shutdown(cancel_futures=True)

    def warm(self, prepare: Callable[[], object]) -> None:
        """Have the worker do something before the first job."""
        self._worker.submit(prepare)

    def _work(self) -> None:
        """Compute the job that has waited longest; whatever goes wrong stays with it."""
        with self._lock:
            if not self._waiting:
                return
            job = self._waiting.pop(0)
            job.begin()
        try:
            job.run()
        except Interrupted:
            self._settle(job, "stopped")
        except ClassSRError as error:
            self._settle(job, "failed", str(error))
        except MemoryError:
            self._settle(job, "failed", f"{job.name}: too large for the memory; cut it into parts")
        except Exception:
            log.exception("%s", job.name)
            self._settle(job, "failed", f"{job.name}: an error of the program; see its log")
        self._make_room()

    def _settle(self, job: Job, state: State, error: str = "") -> None:
        with self._lock:
            if job not in self._waiting:  # else another request came meanwhile
                job.state, job.error = state, error

    def _make_room(self) -> None:
        """Forget the pictures that were used least recently, so that memory stays bounded."""
        with self._lock:
            kept = 0
            for job in list(self._jobs.values())[::-1]:
                size = job.enlargement.size if job.enlargement else 0
                if kept and kept + size > KEPT and job not in self._waiting:
                    del self._jobs[job.id]
                kept += size
