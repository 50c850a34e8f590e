"""Take the scores of a set from a split log of the original authors (divide_train.log)."""

from __future__ import annotations

from pathlib import Path

from classsr.cli import data_arguments as arguments
from classsr.cli.main import main
from classsr.data.prepare.pipeline import score_by_log


def run() -> None:
    parser = arguments.parser(__doc__)
    parser.add_argument("--set", type=Path, required=True, help="folder that cut_subimages made")
    parser.add_argument("--log", type=Path, required=True, help="the log")
    given = parser.parse_args()
    made = score_by_log(given.set, log=given.log)
    print(f"{given.set}: {made.counts['total']} scores taken from {given.log}")


if __name__ == "__main__":
    main(run)
