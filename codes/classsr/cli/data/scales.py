"""Write every photograph of a folder at several sizes: 0001.png, 0.9_0001.png, ..."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data.arguments import add, engine_of
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.whole import make_scales


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--out", default=Path("datasets/scales"))
    add(parser, "--hr", required=True)
    add(parser, "--recipe", default="original")
    add(parser, "--factors", "--long-side", "--processes", "--cluster")


def run(given: argparse.Namespace) -> None:
    source = photographs(
        given.hr, factors=given.factors, long_side=given.long_side, recipe=given.recipe
    )
    with engine_of(given) as engine:
        made = make_scales(source, out=given.out, engine=engine)
    print(f"{given.out}: {made.counts['total']} images")
