"""Compare prepared sets with their manifests and with the counts that the paper publishes."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.main import main
from classsr.data.prepare.verify import verify
from classsr.errors import ClassSRError


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+", help="folders that the data scripts made")
    problems = [problem for folder in parser.parse_args().sets for problem in verify(folder)]
    for problem in problems:
        print(problem)
    if problems:
        raise ClassSRError(f"differences: {len(problems)}; remove the set and make it again")
    print("all is as the manifests say")


if __name__ == "__main__":
    main(run)
