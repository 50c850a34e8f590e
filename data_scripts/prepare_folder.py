"""Make a classed training set from a folder of photographs of one's own."""

from __future__ import annotations

from classsr.cli import data_arguments as arguments
from classsr.cli.main import main
from classsr.data.prepare.crops import CROPS
from classsr.data.prepare.pipeline import prepare
from classsr.data.prepare.sources import photographs


def run() -> None:
    parser = arguments.parser(__doc__, out="datasets/own")
    arguments.add_photographs(parser, recipe="matlab", default=None)
    arguments.add_scale(parser)
    arguments.add_factors(parser)
    arguments.add_long_side(parser)
    arguments.add_layout(parser)
    arguments.add_crops(parser)
    arguments.add_scorer(parser)
    arguments.add_thresholds(parser)
    given = parser.parse_args()
    source = photographs(
        given.hr,
        scale=given.scale,
        factors=given.factors,
        long_side=given.long_side,
        recipe=given.recipe,
    )
    report = prepare(
        source,
        out=given.out,
        layout=given.layout,
        crops=CROPS[given.crops](given.scale),
        checkpoint=given.checkpoint,
        thresholds=given.thresholds,
        n_workers=given.workers,
    )
    print(report)


if __name__ == "__main__":
    main(run)
