"""Arguments of the commands that take an option file."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.errors import ClassSRError


def add_option_file(parser: argparse.ArgumentParser, *, default: Path | None = None) -> None:
    """-opt FILE and -o key.sub=value."""
    parser.add_argument(
        "-opt",
        type=Path,
        default=default,
        required=default is None,
        metavar="FILE",
        help="option file (YAML)",
    )
    add_overrides(parser)


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """--overwrite."""
    parser.add_argument("--overwrite", action="store_true", help="replace the results of before")


def keep_existing(path: Path, *, overwrite: bool) -> None:
    """Raise ClassSRError for results that are there already, unless they may be replaced."""
    if path.exists() and not overwrite:
        raise ClassSRError(
            f"{path}: exists already; replace it with --overwrite, "
            f"or choose another name with -o name=..."
        )


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """-o key.sub=value."""
    parser.add_argument(
        "-o",
        dest="overrides",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="override an option, as in -o train.lr=1e-4 datasets.train.batch_size=8",
    )
