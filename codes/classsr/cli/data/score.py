"""Score every sub-image of a set by the PSNR of its restoration."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data import arguments
from classsr.data.prepare.pipeline import score_by, score_by_log


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_engine(parser)
    arguments.add_set(parser, help="folder that classsr data cut made")
    by = parser.add_mutually_exclusive_group()
    arguments.add_scorer(by)
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
    with arguments.engine_of(given) as engine:
        made = score_by(given.set, checkpoint=given.checkpoint, engine=engine)
    print(f"{given.set}: {made.counts['total']} sub-images scored by {made.options['by']}")
