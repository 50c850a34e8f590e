"""Make a classed training set from a folder of your own photographs."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data.arguments import add, engine_of
from classsr.data.prepare.crops import CROPS
from classsr.data.prepare.pipeline import prepare
from classsr.data.prepare.sources import photographs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--out", default=Path("datasets/own"))
    add(parser, "--hr", required=True)
    add(parser, "--recipe", default="matlab")
    add(parser, "--scale", "--factors", "--long-side", "--layout", "--crops")
    add(parser, "--checkpoint", "--thresholds", "--processes", "--cluster")


def run(given: argparse.Namespace) -> None:
    source = photographs(
        given.hr,
        scale=given.scale,
        factors=given.factors,
        long_side=given.long_side,
        recipe=given.recipe,
    )
    with engine_of(given) as engine:
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
