"""Calls in several threads."""

from __future__ import annotations

import multiprocessing
import threading
import time

import pytest

from classsr.system.threads import each_in_parallel, in_parallel


def threads(_: int) -> threading.Thread:
    time.sleep(0.01)
    return threading.current_thread()


def test_results_come_in_the_order_of_the_items() -> None:
    def slowest_first(item: int) -> int:
        time.sleep(0.01 * (5 - item))
        return 10 * item

    found = list(in_parallel(slowest_first, range(5), workers=3))
    assert found == [(item, 10 * item) for item in range(5)]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_parallel_jobs_keep_their_order_and_number(workers: int) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def run(job: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.002)
        with lock:
            running -= 1
        return job**2

    found = list(in_parallel(run, range(23), workers=workers))
    assert found == [(job, job**2) for job in range(23)]
    assert most <= workers


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_in_a_job_comes_out(workers: int) -> None:
    def run(job: int) -> float:
        return 1 / (job - 2)

    with pytest.raises(ZeroDivisionError):
        list(in_parallel(run, range(9), workers=workers))


def test_threads_serve_again() -> None:
    first = {thread for _, thread in in_parallel(threads, range(8), workers=2)}
    again = {thread for _, thread in in_parallel(threads, range(8), workers=2)}
    assert first == again
    assert len(first) == 2


def test_two_at_once_have_threads_of_their_own() -> None:
    outer = in_parallel(threads, range(8), workers=2)
    _, one = next(outer)
    inner = {thread for _, thread in in_parallel(threads, range(8), workers=2)}
    assert one not in inner
    assert len(list(outer)) == 7


def test_an_error_ends_the_rest() -> None:
    done = []

    def fail_at_two(item: int) -> None:
        time.sleep(0.01)
        if item == 2:
            raise ValueError("two")
        done.append(item)

    with pytest.raises(ValueError, match="two"):
        list(in_parallel(fail_at_two, range(100), workers=2))
    assert len(done) < 20
    assert dict(in_parallel(abs, [-1], workers=2)) == {-1: 1}


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_each_item_is_run_once(workers: int) -> None:
    used: list[tuple[int, threading.Thread]] = []

    def run(item: int) -> None:
        used.append((item, threads(item)))

    found = list(each_in_parallel(run, iter(range(23)), workers=workers))
    assert sorted(found) == sorted(item for item, _ in used) == list(range(23))
    assert len({thread for _, thread in used}) == workers
    assert threading.current_thread() in {thread for _, thread in used}


@pytest.mark.parametrize("by_caller", [True, False])
def test_an_error_in_any_thread_ends_them_all(by_caller: bool) -> None:
    done = []

    def run(item: int) -> None:
        if item > 2 and by_caller == (threads(item) is caller):
            raise ValueError("here")
        done.append(item)

    caller = threading.current_thread()
    with pytest.raises(ValueError, match="here"):
        list(each_in_parallel(run, range(100), workers=2))
    assert len(done) < 20
    assert sorted(each_in_parallel(abs, [-1, -2], workers=2)) == [-2, -1]


def test_who_takes_no_more_ends_the_others() -> None:
    done: list[int] = []

    def run(item: int) -> None:
        time.sleep(0.01)
        done.append(item)

    some = each_in_parallel(run, range(100), workers=3)
    next(some)
    some.close()
    number = len(done)
    time.sleep(0.05)
    assert len(done) == number < 20


def _in_child(answer: multiprocessing.SimpleQueue[list[tuple[int, int]]]) -> None:
    answer.put(list(in_parallel(abs, [-1, -2], workers=2)))


def test_a_forked_process_starts_its_own() -> None:
    list(in_parallel(abs, range(4), workers=2))
    context = multiprocessing.get_context("fork")
    answer = context.SimpleQueue()
    child = context.Process(target=_in_child, args=(answer,))
    child.start()
    child.join(20)
    assert child.exitcode == 0
    assert answer.get() == [(-1, 1), (-2, 2)]
