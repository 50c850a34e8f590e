"""Command-line arguments that several of the data scripts share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import get_args

from classsr.data.prepare.crops import CROPS
from classsr.data.prepare.layouts import LAYOUTS
from classsr.data.prepare.paper_sets import TRAINING_FACTORS
from classsr.data.prepare.photographs import Recipe
from classsr.system.cluster import connected
from classsr.system.engines import Engine, choose_engine


def add_engine(known: argparse.ArgumentParser) -> None:
    """--processes and --cluster: what does several photographs at a time."""
    add = known.add_argument
    add("--processes", type=int, metavar="N", help="at the same time (default: one per core)")
    add("--cluster", metavar="ADDRESS", help="of a Ray cluster to do them on, or auto")


@contextmanager
def engine_of(given: argparse.Namespace) -> Iterator[Engine | None]:
    """What --processes and --cluster say; the cluster stays connected for all steps."""
    default = 1 if given.cluster is not None else len(os.sched_getaffinity(0))
    engine = choose_engine(processes=given.processes or default, cluster=given.cluster)
    with connected(given.cluster) if given.cluster is not None else nullcontext():
        yield engine


def add_out(known: argparse.ArgumentParser, *, default: str) -> None:
    known.add_argument("--out", type=Path, default=Path(default), help="folder to make")


def add_set(known: argparse.ArgumentParser, *, help: str) -> None:
    known.add_argument("--set", type=Path, required=True, help=help)


def add_photographs(known: argparse.ArgumentParser, *, recipe: str, default: str | None) -> None:
    """--hr and --recipe: photographs to start from, and how they are made smaller."""
    known.add_argument(
        "--hr",
        type=Path,
        required=default is None,
        default=default and Path(default),
        help="folder of photographs",
    )
    known.add_argument(
        "--recipe",
        choices=get_args(Recipe),
        default=recipe,
        help="bicubic as in MATLAB, or as in the original ClassSR scripts",
    )


def add_scale(known: argparse.ArgumentParser) -> None:
    known.add_argument("--scale", type=int, choices=(2, 3, 4), default=4, help="HR over LR")


def add_factors(known: argparse.ArgumentParser) -> None:
    known.add_argument(
        "--factors",
        type=float,
        nargs="+",
        default=TRAINING_FACTORS,
        help="sizes at which every photograph is taken",
    )


def add_long_side(known: argparse.ArgumentParser) -> None:
    known.add_argument(
        "--long-side", type=int, help="first shrink larger photographs to so many pixels"
    )


def add_layout(known: argparse.ArgumentParser) -> None:
    known.add_argument(
        "--layout",
        choices=tuple(LAYOUTS),
        default="packed",
        help="packed arrays, or folders of PNG sub-images",
    )


def add_crops(known: argparse.ArgumentParser) -> None:
    known.add_argument(
        "--crops",
        choices=tuple(CROPS),
        default="training",
        help="32 LR pixels every 16 (training) or every 28 (testing)",
    )


def add_scorer(known: argparse._ActionsContainer) -> None:
    known.add_argument("--checkpoint", type=Path, help="score by this network, not by bicubic")


def add_thresholds(known: argparse.ArgumentParser) -> None:
    known.add_argument(
        "--thresholds",
        type=float,
        nargs=2,
        metavar=("HARD_BELOW", "SIMPLE_FROM"),
        help="borders of the classes in dB (default: the terciles)",
    )
