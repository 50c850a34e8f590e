"""Make the paper's training set from DIV2K 0001-0800."""

from __future__ import annotations

from pathlib import Path

from classsr.cli import main
from classsr.prepare import arguments
from classsr.prepare.chain import prepare
from classsr.prepare.crops import crops_for_training
from classsr.prepare.published import DIV2K_TRAINING, PAPER_THRESHOLDS, TRAINING_FACTORS
from classsr.prepare.sources import photographs


def run() -> None:
    parser = arguments.parser(__doc__, out="datasets/DIV2K_train")
    arguments.add_photographs(parser, recipe="original", default="datasets/DIV2K/DIV2K_train_HR")
    arguments.add_layout(parser)
    arguments.add_scorer(parser)
    parser.add_argument(
        "--log",
        type=Path,
        help="take the scores from the authors' divide_train.log and split at their thresholds",
    )
    given = parser.parse_args()
    report = prepare(
        photographs(given.hr, factors=TRAINING_FACTORS, recipe=given.recipe, names=DIV2K_TRAINING),
        out=given.out,
        layout=given.layout,
        crops=crops_for_training(4),
        checkpoint=given.checkpoint,
        log=given.log,
        thresholds=PAPER_THRESHOLDS if given.log else None,
        claims="DIV2K",
        n_workers=given.workers,
    )
    print(report)


if __name__ == "__main__":
    main(run)
