"""Score every sub-image of a set by the PSNR of its restoration."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data.arguments import add, engine_of
from classsr.data.prepare.pipeline import score_by, score_by_log


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--set", help="folder that classsr data cut made")
    add(parser, "--processes", "--cluster")
    by = parser.add_mutually_exclusive_group()
    add(by, "--checkpoint")
    by.add_argument(
        "--log",
        type=Path,
        help="take the scores from a split log of the original authors (divide_train.log)",
    )


def run(given: argparse.Namespace) -> None:
    if given.log is not None:
        made = score_by_log(given.set, log=given.log)
        print(f"{given.set}: {made.counts['total']} scores taken from {given.log}")
        return
    with engine_of(given) as engine:
        made = score_by(given.set, checkpoint=given.checkpoint, engine=engine)
    print(f"{given.set}: {made.counts['total']} sub-images scored by {made.options['by']}")
