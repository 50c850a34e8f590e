"""How long work takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """The seconds that work takes, and its result."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def seconds_of(work: Callable[[], object], *, repetitions: int) -> list[float]:
    """The seconds of each of some repetitions."""
    return [timed(work)[0] for _ in range(repetitions)]
