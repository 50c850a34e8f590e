"""Notes what is missing for a full table, so that the rest is still made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from classsr.errors import ClassSRError

Result = TypeVar("Result")


class Missing:
    """Notes, a line each; every line says what is missing and how to get it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def attempt(self, action: Callable[[], Result]) -> Result | None:
        """The result of an action; where the user's files do not allow it, None and a note."""
        try:
            return action()
        except ClassSRError as error:
            self.lines.append(str(error))
            return None

    def to_markdown(self) -> str:
        """A list of the notes, or that there are none."""
        if not self.lines:
            return "Nothing is missing."
        return "\n".join(["Missing:\n", *(f"- {line}" for line in self.lines)])
