"""Calls in several threads."""

from __future__ import annotations

import multiprocessing
import threading
import time

import pytest

from classsr.system.threads import in_parallel


def threads(_: int) -> threading.Thread:
    time.sleep(0.01)
    return threading.current_thread()


def test_results_come_in_the_order_of_the_items() -> None:
    def slowest_first(item: int) -> int:
        time.sleep(0.01 * (5 - item))
        return 10 * item

    found = list(in_parallel(slowest_first, range(5), workers=3))
    assert found == [(item, 10 * item) for item in range(5)]


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
