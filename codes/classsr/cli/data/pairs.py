"""Make GT, cropped to a multiple of the scale, and LR of every image of a folder."""

from __future__ import annotations

import argparse

from classsr.cli.data import arguments
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.whole import make_pairs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_engine(parser)
    arguments.add_out(parser, default="datasets/pairs")
    arguments.add_photographs(parser, recipe="matlab", default=None)
    arguments.add_scale(parser)
    arguments.add_long_side(parser)


def run(given: argparse.Namespace) -> None:
    source = photographs(
        given.hr, scale=given.scale, long_side=given.long_side, recipe=given.recipe
    )
    with arguments.engine_of(given) as engine:
        made = make_pairs(source, out=given.out, engine=engine)
    print(f"{given.out}: {len(made.counts['tiles'])} pairs in GT and LR_x{given.scale}")
