"""Seconds of work."""

from __future__ import annotations

import time

from classsr.system.clock import seconds_of, timed


def test_work_is_timed_and_its_result_kept() -> None:
    seconds, result = timed(lambda: time.sleep(0.01) or "done")
    assert seconds >= 0.01
    assert result == "done"


def test_each_repetition_is_timed() -> None:
    calls: list[int] = []
    seconds = seconds_of(lambda: calls.append(1), repetitions=3)
    assert len(seconds) == len(calls) == 3
    assert all(second >= 0 for second in seconds)
