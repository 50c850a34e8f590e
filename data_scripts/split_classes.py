"""Split the scored sub-images of a set into simple, medium and hard."""

from __future__ import annotations

from pathlib import Path

from classsr.cli import data_arguments as arguments
from classsr.cli.main import main
from classsr.data.prepare.classes import split
from classsr.data.prepare.scores import CLASS_NAMES


def run() -> None:
    parser = arguments.parser(__doc__)
    parser.add_argument("--set", type=Path, required=True, help="folder that was scored")
    arguments.add_thresholds(parser)
    given = parser.parse_args()
    counts = split(given.set, thresholds=given.thresholds).counts
    print(f"{given.set}: " + ", ".join(f"{counts[name]} {name}" for name in CLASS_NAMES))


if __name__ == "__main__":
    main(run)
