"""Cut the pairs of a GT and an LR folder into sub-images."""

from __future__ import annotations

from pathlib import Path

from classsr.cli import data_arguments as arguments
from classsr.cli.main import main
from classsr.data.prepare.crops import CROPS
from classsr.data.prepare.cut import cut
from classsr.data.prepare.sources import ready_pairs


def run() -> None:
    parser = arguments.parser(__doc__, out="datasets/subimages")
    parser.add_argument("--gt", type=Path, required=True, help="folder of GT images")
    parser.add_argument("--lq", type=Path, required=True, help="folder of their LR images")
    arguments.add_scale(parser)
    arguments.add_layout(parser)
    arguments.add_crops(parser)
    given = parser.parse_args()
    made = cut(
        ready_pairs(gt=given.gt, lq=given.lq, scale=given.scale),
        out=given.out,
        layout=given.layout,
        crops=CROPS[given.crops](given.scale),
        n_workers=given.workers,
    )
    print(f"{given.out}: {made.counts['total']} sub-images")


if __name__ == "__main__":
    main(run)
