"""Signals that end the work: noted and acted on where the state is consistent, or at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupted(Exception):
    """A signal ended the work before it was complete."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came; it ends the work as Ctrl-C does."""


@contextmanager
def sigterm_delayed() -> Iterator[None]:
    """Let SIGTERM wait for the end of the block.

    Paddle, while it loads, would answer it with a trace of its own code.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def interrupt_at_sigterm() -> None:
    """Let SIGTERM raise `Terminated`, once; what comes after it must not cut the end short.

    Called after Paddle is loaded, which would print a trace of its own code.
    """

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    signal.signal(signal.SIGTERM, end)


class GracefulShutdown:
    """While entered, notes SIGTERM and SIGINT; a second SIGINT acts as it does anywhere.

    A second SIGTERM does not, since Paddle's launcher sends several in a row.

    signal: the number of the signal that came, 0 before.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> GracefulShutdown:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise `Interrupted` where a signal has come."""
        if self.signal:
            raise Interrupted

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal = number
        signal.signal(signal.SIGINT, self._before[signal.SIGINT])
