"""Compare prepared sets with their manifests and with the counts that the paper publishes."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.data.prepare.verify import verify
from classsr.errors import ClassSRError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sets", type=Path, nargs="+", help="folders that classsr data made")


def run(given: argparse.Namespace) -> None:
    problems = [problem for folder in given.sets for problem in verify(folder)]
    for problem in problems:
        print(problem)
    if problems:
        raise ClassSRError(f"differences: {len(problems)}; remove the set and make it again")
    print("all is as the manifests say")
