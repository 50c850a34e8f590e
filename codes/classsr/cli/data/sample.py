"""Make a small set of GT and x4 LR from the colour photographs that scikit-image ships."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.data.prepare.sample import PHOTOGRAPHS, make_sample_set


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("datasets/sample"), help="folder to make")
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4), help="HR over LR")


def run(given: argparse.Namespace) -> None:
    written = make_sample_set(out=given.out, scale=given.scale)
    there = len(PHOTOGRAPHS) - written
    print(f"{given.out}: {written} pairs written" + (f", {there} were there" if there else ""))
