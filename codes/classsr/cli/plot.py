"""Draw losses, PSNR, learning rate and class shares of one or several trainings into a PNG.

classsr plot experiments/ClassSR_RCAN [experiments/... ...] -o curves.png

Noisy curves are drawn pale, with their running mean over a fifteenth of the training.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.evaluation.curves import read_curves, thinned, to_csv
from classsr.system.files import write_atomic

POINTS = 200  # of a thinned curve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Trainings, and what to write."""
    parser.add_argument(
        "experiments", type=Path, nargs="+", help="folders under experiments/, or thinned CSVs"
    )
    parser.add_argument(
        "-o", dest="out", type=Path, default=Path("curves.png"), metavar="PNG", help="picture"
    )
    parser.add_argument(
        "--thin",
        type=Path,
        metavar="FOLDER",
        help=f"also write <experiment>.csv with at most {POINTS} points of each curve",
    )


def run(given: argparse.Namespace) -> None:
    """Draw the picture, and thin the curves where that is asked for."""
    from classsr.evaluation.curve_plot import draw, panels

    runs = {path.name.removesuffix(".csv"): read_curves(path) for path in given.experiments}
    draw(runs, given.out)
    print(f"written to {given.out}")
    if given.thin is not None:
        names = [name for group in panels(runs).values() for name in group]
        for run, curves in runs.items():
            kept = {n: thinned(curves[n], points=POINTS) for n in names if n in curves}
            write_atomic(given.thin / f"{run}.csv", to_csv(kept).encode())
        print(f"curves written to {given.thin}/")
