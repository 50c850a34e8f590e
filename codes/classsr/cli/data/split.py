"""Split the scored sub-images of a set into simple, medium and hard."""

from __future__ import annotations

import argparse

from classsr.cli.data.arguments import add
from classsr.data.prepare.split import CLASS_NAMES, split


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add(parser, "--set", help="folder that was scored")
    add(parser, "--thresholds")


def run(given: argparse.Namespace) -> None:
    counts = split(given.set, thresholds=given.thresholds).counts
    print(f"{given.set}: " + ", ".join(f"{counts[name]} {name}" for name in CLASS_NAMES))
