"""Working through items in several processes."""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest

from classsr.errors import ClassSRError
from classsr.system.processes import work_apart, work_through


def square(number: int, *, refused: int = -1, fatal: int = -1) -> int:
    if number == refused:
        raise ClassSRError(f"{number}: refused")
    if number == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def test_results_keep_the_order_of_the_items() -> None:
    expected = [number**2 for number in range(20)]
    assert work_through(range(20), square, label="x", n_workers=1) == expected
    assert work_through(range(20), square, label="x", n_workers=2) == expected
    assert work_through([], square, label="x") == []


def test_the_first_error_ends_the_run() -> None:
    for n_workers in (1, 2):
        with pytest.raises(ClassSRError, match="7: refused"):
            work_through(range(20), partial(square, refused=7), label="x", n_workers=n_workers)


def outcomes(**kinds: int) -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    work_apart(
        list(range(6)),
        partial(square, **kinds),
        n_processes=2,
        begin=os.getppid,
        done=found.__setitem__,
    )
    return found


def test_work_apart_loses_only_the_item_that_kills_its_process() -> None:
    squares: dict[int, int | None] = {number: number**2 for number in range(6)}
    assert outcomes(fatal=2) == {**squares, 2: None}


def test_a_killed_process_is_one_line() -> None:
    with pytest.raises(ClassSRError, match="x: a process was killed, most likely for want of mem"):
        work_through(range(20), partial(square, fatal=7), label="x", n_workers=2)
