"""Make the paper's test sets from DIV8K 1201-1500: Test2K, Test4K, Test8K, Test8K_2K, Test8K_4K."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data.arguments import add, engine_of
from classsr.data.prepare.paper_sets import DIV8K_PARTS
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.whole import make_pairs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--out", default=Path("datasets"))
    add(parser, "--hr", default=Path("datasets/DIV8K/train"))
    add(parser, "--recipe", default="original")
    add(parser, "--processes", "--cluster")
    parser.add_argument(
        "--sets", nargs="+", choices=tuple(DIV8K_PARTS), default=list(DIV8K_PARTS), help="which"
    )


def run(given: argparse.Namespace) -> None:
    with engine_of(given) as engine:
        for name in given.sets:
            part = DIV8K_PARTS[name]
            source = photographs(
                given.hr, shrink=part.shrink, recipe=given.recipe, names=part.names
            )
            made = make_pairs(source, out=given.out / name, claims=name, engine=engine)
            print(f"{given.out / name}: {len(part.names)} pairs, {made.counts['total']} tiles")
