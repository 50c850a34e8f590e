"""Make the paper's training set from DIV2K 0001-0800, and its validation pairs from 0801-0810."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data.arguments import add, engine_of
from classsr.data.prepare.crops import crops_for_training
from classsr.data.prepare.paper_sets import (
    DIV2K_TRAINING,
    DIV2K_VALIDATION,
    PAPER_THRESHOLDS,
    TRAINING_FACTORS,
)
from classsr.data.prepare.pipeline import prepare
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.whole import make_pairs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--out", default=Path("datasets"))
    add(parser, "--hr", default=Path("datasets/DIV2K/DIV2K_train_HR"))
    add(parser, "--recipe", default="original")
    parser.add_argument(
        "--valid-hr",
        type=Path,
        default=Path("datasets/DIV2K/DIV2K_valid_HR"),
        help="folder of the validation photographs (datasets/DIV2K/DIV2K_valid_HR)",
    )
    add(parser, "--layout", "--checkpoint", "--processes", "--cluster")
    parser.add_argument(
        "--log",
        type=Path,
        help="take the scores from the authors' divide_train.log and split at their thresholds",
    )


def run(given: argparse.Namespace) -> None:
    validation = photographs(given.valid_hr, recipe=given.recipe, names=DIV2K_VALIDATION)
    with engine_of(given) as engine:
        make_pairs(validation, out=given.out / "DIV2K_val", engine=engine)
        report = prepare(
            photographs(
                given.hr, factors=TRAINING_FACTORS, recipe=given.recipe, names=DIV2K_TRAINING
            ),
            out=given.out / "DIV2K_train",
            layout=given.layout,
            crops=crops_for_training(4),
            checkpoint=given.checkpoint,
            log=given.log,
            thresholds=PAPER_THRESHOLDS if given.log else None,
            claims="DIV2K",
            engine=engine,
        )
    print(report)
