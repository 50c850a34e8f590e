"""Working through items in several processes."""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest

from classsr.errors import ClassSRError
from classsr.system.processes import work_apart


def square(number: int, *, refused: int = -1, fatal: int = -1) -> int:
    if number == refused:
        raise ClassSRError(f"{number}: refused")
    if number == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


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


def test_the_first_error_ends_the_run() -> None:
    done: dict[int, int | None] = {}
    with pytest.raises(ClassSRError, match="0: refused"):
        work_apart(
            list(range(500)),
            partial(square, refused=0),
            n_processes=2,
            begin=os.getppid,
            done=done.__setitem__,
        )
    assert len(done) < 499
