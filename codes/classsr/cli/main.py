"""What the command-line entries share: arguments, and errors as one line."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from classsr.errors import ClassSRError


def option_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser that knows -opt FILE and -o key.sub=value."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("-opt", type=Path, required=True, metavar="FILE", help="option file (YAML)")
    parser.add_argument(
        "-o",
        dest="overrides",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="override an option, as in -o train.lr=1e-4 datasets.train.batch_size=8",
    )
    return parser


def main(run: Callable[[], None]) -> None:
    """Run a command; an error that the user can mend is one line and exit status 1."""
    log = logging.getLogger("classsr")
    log.setLevel(logging.INFO)
    log.addHandler(logging.StreamHandler(sys.stdout))
    log.propagate = False  # Paddle writes what reaches the root logger once more
    try:
        run()
    except ClassSRError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
