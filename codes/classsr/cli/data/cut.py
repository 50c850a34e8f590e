"""Cut the pairs of a GT and an LR folder into sub-images."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data.arguments import add, engine_of
from classsr.data.prepare.crops import CROPS
from classsr.data.prepare.cut import cut_set
from classsr.data.prepare.sources import ready_pairs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--out", default=Path("datasets/subimages"))
    parser.add_argument("--gt", type=Path, required=True, help="folder of GT images")
    parser.add_argument("--lq", type=Path, required=True, help="folder of their LR images")
    add(parser, "--scale", "--layout", "--crops", "--processes", "--cluster")


def run(given: argparse.Namespace) -> None:
    with engine_of(given) as engine:
        made = cut_set(
            ready_pairs(gt=given.gt, lq=given.lq, scale=given.scale),
            out=given.out,
            layout=given.layout,
            crops=CROPS[given.crops](given.scale),
            engine=engine,
        )
    print(f"{given.out}: {made.counts['total']} sub-images")
