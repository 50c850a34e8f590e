"""Draw losses, PSNR, learning rate and class shares of one or several trainings into a PNG.

python scripts/plot_log.py experiments/ClassSR_RCAN [experiments/... ...] -o curves.png
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import matplotlib

from classsr.cli import main
from classsr.errors import ClassSRError

matplotlib.use("Agg")

from matplotlib import pyplot as plt

Curves = dict[str, tuple[list[int], list[float]]]

PANELS = {
    "loss": ["loss"],
    "terms": ["l1", "class", "average"],
    "PSNR, dB": ["psnr", "best"],
    "learning rate": ["lr"],
    "class shares": [f"class{number}" for number in range(1, 10)],
    "router": ["entropy", "margin"],
    "images/s": ["ips"],
}
LOGARITHMIC = ("loss", "terms", "learning rate")


def read_curves(experiment: Path) -> Curves:
    """Steps and values of every scalar that a training wrote."""
    path = experiment / "scalars.csv"
    curves: Curves = defaultdict(lambda: ([], []))
    try:
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                steps, values = curves[row["name"]]
                steps.append(int(row["step"]))
                values.append(float(row["value"]))
    except (OSError, KeyError, ValueError) as error:
        raise ClassSRError(f"{path}: holds no scalars of a training ({error})") from error
    return curves


def draw(runs: dict[str, Curves], path: Path) -> None:
    """Write one panel for each kind of scalar that is there."""
    panels = {
        title: names
        for title, names in PANELS.items()
        if any(name in curves for name in names for curves in runs.values())
    }
    if not panels:
        raise ClassSRError("the trainings have not written any scalars yet")
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(9, 2.6 * len(panels)), squeeze=False, layout="constrained"
    )
    for axis, (title, names) in zip(axes[:, 0], panels.items(), strict=True):
        for run, curves in runs.items():
            for name in names:
                if name in curves:
                    label = name if len(runs) == 1 else f"{run} {name}"
                    axis.plot(*curves[name], label=label, linewidth=1)
        axis.set_ylabel(title)
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
        if title in LOGARITHMIC:
            axis.set_yscale("log")
    axes[-1, 0].set_xlabel("step")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiments", type=Path, nargs="+", help="folders under experiments/")
    parser.add_argument("-o", dest="out", type=Path, default=Path("curves.png"), metavar="PNG")
    given = parser.parse_args()
    draw({folder.name: read_curves(folder) for folder in given.experiments}, given.out)
    print(f"written to {given.out}")


if __name__ == "__main__":
    main(run)
