"""Command-line arguments that several of the data commands share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, get_args

from classsr.data.prepare.crops import CROPS
from classsr.data.prepare.layouts import LAYOUTS
from classsr.data.prepare.paper_sets import TRAINING_FACTORS
from classsr.data.prepare.photographs import Recipe
from classsr.system.cluster import connected
from classsr.system.engines import Engine, choose_engine

SHARED: dict[str, dict[str, Any]] = {
    "--processes": {
        "type": int,
        "metavar": "N",
        "help": "at the same time (default: one per core)",
    },
    "--cluster": {"metavar": "ADDRESS", "help": "of a Ray cluster to do them on, or auto"},
    "--out": {"type": Path, "help": "folder to make"},
    "--set": {"type": Path, "required": True},
    "--hr": {"type": Path, "help": "folder of photographs"},
    "--recipe": {
        "choices": get_args(Recipe),
        "help": "bicubic as in MATLAB, or as in the original ClassSR scripts",
    },
    "--scale": {"type": int, "choices": (2, 3, 4), "default": 4, "help": "HR over LR"},
    "--factors": {
        "type": float,
        "nargs": "+",
        "default": TRAINING_FACTORS,
        "help": "sizes at which every photograph is taken",
    },
    "--long-side": {"type": int, "help": "first shrink larger photographs to so many pixels"},
    "--layout": {
        "choices": tuple(LAYOUTS),
        "default": "packed",
        "help": "packed arrays, or folders of PNG sub-images",
    },
    "--crops": {
        "choices": tuple(CROPS),
        "default": "training",
        "help": "32 LR pixels every 16 (training) or every 28 (testing)",
    },
    "--checkpoint": {"type": Path, "help": "score by this network, not by bicubic"},
    "--thresholds": {
        "type": float,
        "nargs": 2,
        "metavar": ("HARD_BELOW", "SIMPLE_FROM"),
        "help": "borders of the classes in dB (default: the terciles)",
    },
}


def add(parser: argparse._ActionsContainer, *names: str, **changes: Any) -> None:
    """Add arguments of `SHARED`, with these changes to them."""
    for name in names:
        parser.add_argument(name, **SHARED[name] | changes)


@contextmanager
def engine_of(given: argparse.Namespace) -> Iterator[Engine | None]:
    """What --processes and --cluster say; the cluster stays connected for all steps."""
    default = 1 if given.cluster is not None else len(os.sched_getaffinity(0))
    engine = choose_engine(processes=given.processes or default, cluster=given.cluster)
    with connected(given.cluster) if given.cluster is not None else nullcontext():
        yield engine
