"""Make GT, cropped to a multiple of the scale, and LR of every image of a folder."""

from __future__ import annotations

from classsr.cli import data_arguments as arguments
from classsr.cli.main import main
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.whole import make_pairs


def run() -> None:
    parser = arguments.parser(__doc__, out="datasets/pairs")
    arguments.add_photographs(parser, recipe="matlab", default=None)
    arguments.add_scale(parser)
    arguments.add_long_side(parser)
    given = parser.parse_args()
    source = photographs(
        given.hr, scale=given.scale, long_side=given.long_side, recipe=given.recipe
    )
    made = make_pairs(source, out=given.out, n_workers=given.workers)
    print(f"{given.out}: {len(made.counts['tiles'])} pairs in GT and LR_x{given.scale}")


if __name__ == "__main__":
    main(run)
