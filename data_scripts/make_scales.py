"""Write every photograph of a folder at several sizes: 0001.png, 0.9_0001.png, ..."""

from __future__ import annotations

from classsr.cli import data_arguments as arguments
from classsr.cli.main import main
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.whole import make_scales


def run() -> None:
    parser = arguments.parser(__doc__, out="datasets/scales")
    arguments.add_photographs(parser, recipe="original", default=None)
    arguments.add_factors(parser)
    arguments.add_long_side(parser)
    given = parser.parse_args()
    source = photographs(
        given.hr, factors=given.factors, long_side=given.long_side, recipe=given.recipe
    )
    made = make_scales(source, out=given.out, n_workers=given.workers)
    print(f"{given.out}: {made.counts['total']} images")


if __name__ == "__main__":
    main(run)
