"""Write every photograph of a folder at several sizes: 0001.png, 0.9_0001.png, ..."""

from __future__ import annotations

import argparse

from classsr.cli.data import arguments
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.whole import make_scales


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_engine(parser)
    arguments.add_out(parser, default="datasets/scales")
    arguments.add_photographs(parser, recipe="original", default=None)
    arguments.add_factors(parser)
    arguments.add_long_side(parser)


def run(given: argparse.Namespace) -> None:
    source = photographs(
        given.hr, factors=given.factors, long_side=given.long_side, recipe=given.recipe
    )
    with arguments.engine_of(given) as engine:
        made = make_scales(source, out=given.out, engine=engine)
    print(f"{given.out}: {made.counts['total']} images")
