"""Score every sub-image of a set by the PSNR of its restoration."""

from __future__ import annotations

from pathlib import Path

from classsr.cli import data_arguments as arguments
from classsr.cli.main import main
from classsr.data.prepare.pipeline import score_by


def run() -> None:
    parser = arguments.parser(__doc__)
    parser.add_argument("--set", type=Path, required=True, help="folder that cut_subimages made")
    arguments.add_scorer(parser)
    given = parser.parse_args()
    made = score_by(given.set, checkpoint=given.checkpoint, n_workers=given.workers)
    print(f"{given.set}: {made.counts['total']} sub-images scored by {made.options['by']}")


if __name__ == "__main__":
    main(run)
