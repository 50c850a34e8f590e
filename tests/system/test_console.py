"""What reaches the terminal."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from classsr.errors import ClassSRError, printable
from classsr.system.console import Console, log_to_console

log = logging.getLogger("classsr")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The package's log is left as it was found."""
    level, propagate, handlers = log.level, log.propagate, list(log.handlers)
    yield
    log.setLevel(level)
    log.propagate, log.handlers = propagate, handlers


def test_names_cannot_move_the_cursor() -> None:
    assert printable("a\nb\x1b[2J\r\x9b\u202egnp") == "a\\nb\\x1b[2J\\r\\x9b\\u202egnp"
    assert printable(os.fsdecode(b"caf\xe9.png")) == "caf\\udce9.png"
    assert printable("Grüße 写真.png") == "Grüße 写真.png"
    assert str(ClassSRError("a\nb.png: damaged")) == "a\\nb.png: damaged"


def test_messages_and_errors_go_their_ways(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_console()
    log_to_console()
    log.info("%s: %d\nof two lines", "name\n", 3)
    log.warning("odd")
    log.error("%s", ClassSRError("bad\x1b\n"))
    log.debug("unseen")
    out, err = capsys.readouterr()
    assert out == "name\\n: 3\nof two lines\nwarning: odd\n"
    assert err == "error: bad\\x1b\\n\n"
    assert sum(isinstance(handler, Console) for handler in log.handlers) == 1


def test_levels_and_traces(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_console(level=logging.WARNING)
    log.info("unseen")
    log_to_console(level=logging.DEBUG)
    try:
        raise ValueError("inside")
    except ValueError:
        log.debug("seen", exc_info=True)
    out, _ = capsys.readouterr()
    assert out.startswith("seen\nTraceback") and "ValueError: inside" in out


def test_json_is_an_object_for_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_console(as_json=True)
    log.info("写\n%s", os.fsdecode(b"\xe9"))
    (line,) = capsys.readouterr().out.splitlines()
    content = json.loads(line)
    assert content["level"] == "info" and content["message"] == "写\n\udce9"
    assert line.isascii() and content["time"].endswith("+00:00")


CODE = """
import logging, sys
from classsr.errors import ClassSRError
from classsr.system.console import log_to_console
log_to_console()
for _ in range(3): logging.getLogger("classsr").info("%s", "Grüße \\udce9")
print("still here", file=sys.stderr)
"""


def run(**options: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-c", CODE]
    return subprocess.run(
        command, env=environment, text=True, stderr=subprocess.PIPE, **options, check=True
    )  # type: ignore[call-overload, no-any-return]


def test_a_terminal_of_ascii() -> None:
    done = run(stdout=subprocess.PIPE)
    assert done.stdout == 3 * "Gr\\xfc\\xdfe \\udce9\n"
    assert done.stderr == "still here\n"


def test_a_reader_that_has_gone_does_not_end_the_work() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        assert run(stdout=closed).stderr == "still here\n"
