"""The one family of errors that a user can cause."""

from __future__ import annotations

import re

# What moves a terminal's cursor or breaks a line, and half of what stands for no character.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class ClassSRError(Exception):
    """What went wrong and what to do about it, in one line, whatever names and values it quotes.

    The command line prints the message without a traceback and exits with status 1.
    The message names the file or key, what was expected and what was found.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


def printable(text: object) -> str:
    """A name or an error in one line, whatever characters it holds: `\\n` for a line break."""
    return UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], str(text))
