"""Arguments of the commands that take an option file."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_option_file(parser: argparse.ArgumentParser) -> None:
    """-opt FILE and -o key.sub=value."""
    parser.add_argument("-opt", type=Path, required=True, metavar="FILE", help="option file (YAML)")
    add_overrides(parser)


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
