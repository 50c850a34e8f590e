"""Make GT, cropped to a multiple of the scale, and LR of every image of a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data.arguments import add, engine_of
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.whole import make_pairs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--out", default=Path("datasets/pairs"))
    add(parser, "--hr", required=True)
    add(parser, "--recipe", default="matlab")
    add(parser, "--scale", "--long-side", "--processes", "--cluster")


def run(given: argparse.Namespace) -> None:
    source = photographs(
        given.hr, scale=given.scale, long_side=given.long_side, recipe=given.recipe
    )
    with engine_of(given) as engine:
        made = make_pairs(source, out=given.out, engine=engine)
    print(f"{given.out}: {len(made.counts['tiles'])} pairs in GT and LR_x{given.scale}")
