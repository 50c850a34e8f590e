"""What a process shows: messages on the standard output, errors on the standard error."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import datetime, timezone

from tqdm import tqdm

from classsr.errors import printable


class Plain(logging.Formatter):
    """Messages as they are, errors marked as such, traces below them."""

    def format(self, record: logging.LogRecord) -> str:
        mark = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        given = record.args if isinstance(record.args, tuple) else ()
        shown = tuple(one if isinstance(one, (int, float)) else printable(one) for one in given)
        return mark + (str(record.msg) % shown if shown else record.getMessage()) + trace


class Json(logging.Formatter):
    """An object for each message, in one line of ASCII: time (UTC), level, message."""

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            content["trace"] = self.formatException(record.exc_info)
        return json.dumps(content)


class Console(logging.Handler):
    """Writes above a progress bar; goes on where nobody listens any more."""

    def emit(self, record: logging.LogRecord) -> None:
        stream = sys.stderr if record.levelno >= logging.ERROR else sys.stdout
        try:
            tqdm.write(self.format(record), file=stream)
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def log_to_console(*, level: int = logging.INFO, as_json: bool = False) -> None:
    """Show the package's messages from a level on, each once."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # characters that the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    log = logging.getLogger("classsr")
    log.setLevel(level)
    log.handlers = [handler for handler in log.handlers if not isinstance(handler, Console)]
    handler = Console()
    handler.setFormatter(Json() if as_json else Plain())
    log.addHandler(handler)
    log.propagate = False  # Paddle writes what reaches the root logger once more
    logging.getLogger("PIL").setLevel(logging.CRITICAL)  # what it cannot read is told by an error
