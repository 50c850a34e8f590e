"""Make a small set of GT and x4 LR from the colour photographs that scikit-image ships."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.cli.main import main
from classsr.data.prepare.sample import PHOTOGRAPHS, make_sample_set


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("datasets/sample"))
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4))
    arguments = parser.parse_args()
    written = make_sample_set(out=arguments.out, scale=arguments.scale)
    print(f"{arguments.out}: {written} of {len(PHOTOGRAPHS)} pairs written, the others were there")


if __name__ == "__main__":
    main(run)
