"""Make two small test sets of GT and x4 LR that need no download.

OUT holds the eight colour photographs that scikit-image ships, OUT_large two photographs of 2040
pixels that come with this package.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.data.arguments import add
from classsr.data.prepare.sample import LARGE, SMALL, make_sample_set


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--out", default=Path("datasets/sample"), help="folder of the small photographs")
    add(parser, "--scale")


def run(given: argparse.Namespace) -> None:
    large = given.out.with_name(f"{given.out.name}_large")
    for photographs, out in ((LARGE, large), (SMALL, given.out)):
        written = make_sample_set(photographs, out=out, scale=given.scale)
        there = len(photographs) - written
        print(f"{out}: {written} pairs written" + (f", {there} were there" if there else ""))
