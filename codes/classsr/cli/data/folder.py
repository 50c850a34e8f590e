"""Make a classed training set from a folder of your own photographs."""

from __future__ import annotations

import argparse

from classsr.cli.data import arguments
from classsr.data.prepare.crops import CROPS
from classsr.data.prepare.pipeline import prepare
from classsr.data.prepare.sources import photographs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_engine(parser)
    arguments.add_out(parser, default="datasets/own")
    arguments.add_photographs(parser, recipe="matlab", default=None)
    arguments.add_scale(parser)
    arguments.add_factors(parser)
    arguments.add_long_side(parser)
    arguments.add_layout(parser)
    arguments.add_crops(parser)
    arguments.add_scorer(parser)
    arguments.add_thresholds(parser)


def run(given: argparse.Namespace) -> None:
    source = photographs(
        given.hr,
        scale=given.scale,
        factors=given.factors,
        long_side=given.long_side,
        recipe=given.recipe,
    )
    with arguments.engine_of(given) as engine:
        report = prepare(
            source,
            out=given.out,
            layout=given.layout,
            crops=CROPS[given.crops](given.scale),
            checkpoint=given.checkpoint,
            thresholds=given.thresholds,
            engine=engine,
        )
    print(report)
