"""The queue: order, the newest request, cancelling, bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event
from typing import Any

import numpy as np
import pytest

from classsr import ClassSRError
from classsr.images.picture import Picture
from classsr.web import jobs
from classsr.web.jobs import Job, Queue


class Slow:
    """Stands for an `Enlargement` that takes as long as a test wants."""

    def __init__(self, log: list[Any], *, gate: Event, size: int = 1) -> None:
        self.log, self.gate, self.size = log, gate, size
        self.picture, self.scale = Picture(np.zeros((2, 3, 3), np.uint8)), 4
        self.truth = self.result = None

    def run(self, budget: float | None, progress: Callable[[float], object]) -> None:
        self.log.append(budget)
        while not self.gate.wait(0.001):
            progress(0)
        progress(1)


@pytest.fixture
def queue() -> Iterator[Queue]:
    queue = Queue()
    yield queue
    queue.close()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def add(queue: Queue, log: list[Any], gate: Event, *, name: str = "a", size: int = 1) -> Job:
    job = Job(name, partial(Slow, log, gate=gate, size=size))  # type: ignore[arg-type]
    queue.add(job)
    return job


def test_pictures_wait_in_the_order_in_which_they_came(queue: Queue) -> None:
    gate = Event()
    first, second, third = (add(queue, [], gate) for _ in range(3))
    until(lambda: first.state == "running")
    assert [queue.before(job) for job in (second, third)] == [1, 2]
    assert second.status()["state"] == "waiting"
    gate.set()
    until(lambda: third.state == "done")
    assert first.state == second.state == "done"
    assert first.version == 1
    assert first.status()["width"] == 3


def test_the_newest_budget_counts(queue: Queue) -> None:
    log: list[Any] = []
    gate = Event()
    job = add(queue, log, gate)
    until(lambda: log == [None])
    queue.request(job, budget=0.4)  # interrupts the run
    until(lambda: log == [None, 0.4])
    other = add(queue, [], gate)
    queue.request(job, budget=0.5)
    queue.request(job, budget=0.6)
    gate.set()
    until(lambda: job.state == "done" and other.state == "done")
    assert log in ([None, 0.4, 0.6], [None, 0.4, 0.5, 0.6])


def test_what_is_cancelled_stops_whether_it_runs_or_waits(queue: Queue) -> None:
    gate = Event()
    running, waiting, last = (add(queue, [], gate) for _ in range(3))
    until(lambda: running.state == "running" and running.enlargement is not None)
    queue.cancel(waiting)
    queue.cancel(running)
    until(lambda: last.state == "running")
    assert running.state == waiting.state == "stopped"
    assert waiting.enlargement is None
    gate.set()
    until(lambda: last.state == "done")


def test_what_fails_stays_with_its_picture(queue: Queue) -> None:
    def refuse() -> Any:
        raise ClassSRError("a.png: not an image")

    broken = Job("a.png", refuse)
    queue.add(broken)
    good = add(queue, [], gate := Event())
    gate.set()
    until(lambda: good.state == "done")
    assert (broken.state, broken.error) == ("failed", "a.png: not an image")


def test_the_pictures_used_least_recently_are_forgotten(queue: Queue) -> None:
    (gate := Event()).set()
    kept = [add(queue, [], gate, size=jobs.KEPT // 3) for _ in range(3)]
    until(lambda: all(job.state == "done" for job in kept))
    assert queue.get(kept[0].id) is kept[0]  # used again
    large = add(queue, [], gate, size=jobs.KEPT // 3 + 1)
    small = add(queue, [], gate, size=0)  # when it is done, room has been made for the large one
    until(lambda: small.state == "done")
    left = [queue.get(job.id) is job for job in (*kept, large)]
    assert left == [True, False, False, True]


def test_a_queue_that_is_full_refuses(queue: Queue) -> None:
    gate = Event()
    with pytest.raises(ClassSRError, match="wait already"):
        for _ in range(jobs.MOST_WAITING + 2):
            add(queue, [], gate)
    gate.set()
