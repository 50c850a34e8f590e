"""SIGTERM and SIGINT as a wish that the training grants when its state is in order."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any


class Stopped(Exception):
    """The work at hand was given up because somebody wishes to stop."""


class StopWish:
    """While entered, notes SIGTERM and SIGINT; a second SIGINT acts as it does anywhere.

    A second SIGTERM does not, since Paddle's launcher sends several in a row.

    signal: the number of the signal that came, 0 before.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopWish:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise `Stopped` where a signal has come."""
        if self.signal:
            raise Stopped

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal = number
        signal.signal(signal.SIGINT, self._before[signal.SIGINT])
