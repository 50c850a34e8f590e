"""Results in order, whatever spreads the work."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from classsr.errors import ClassSRError
from classsr.system.engines import choose_engine, work_through


def square(number: int, *, refused: int = -1, fatal: int = -1, once: Path | None = None) -> int:
    if number == refused:
        raise ClassSRError(f"{number}: refused")
    if number == fatal and not (once and once.exists()):
        if once:
            once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


@pytest.mark.parametrize("processes", [1, 2])
def test_results_keep_the_order_of_the_items(processes: int) -> None:
    engine = choose_engine(processes=processes, cluster=None)
    expected = [number**2 for number in range(20)]
    assert work_through(range(20), square, label="x", engine=engine) == expected
    assert work_through([], square, label="x", engine=engine) == []
    with pytest.raises(ClassSRError, match="7: refused"):
        work_through(range(20), partial(square, refused=7), label="x", engine=engine)


def test_what_a_killed_process_had_in_hand_is_done_again(tmp_path: Path) -> None:
    engine = choose_engine(processes=2, cluster=None)
    work = partial(square, fatal=7, once=tmp_path / "once")
    expected = [number**2 for number in range(20)]
    assert work_through(range(20), work, label="x", engine=engine) == expected
    with pytest.raises(ClassSRError, match="x: a process was killed, most likely for want of mem"):
        work_through(range(20), partial(square, fatal=7), label="x", engine=engine)


def test_processes_or_a_cluster() -> None:
    assert choose_engine(processes=1, cluster=None) is None
    with pytest.raises(ClassSRError, match="--processes and --cluster: give one of them"):
        choose_engine(processes=2, cluster="auto")
