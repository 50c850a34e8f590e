"""Draw losses, PSNR, learning rate and class shares of one or several trainings into a PNG.

python scripts/plot_log.py experiments/ClassSR_RCAN [experiments/... ...] -o curves.png

Noisy curves are drawn pale, with their running mean over a fifteenth of the training.
--thin FOLDER also writes <experiment>.csv with at most 200 points of each curve that is drawn, to
keep; such a file can be named in place of an experiment.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from classsr.cli.main import main
from classsr.errors import ClassSRError
from classsr.evaluation.curves import Curve, read_curves, smoothed, thinned, to_csv
from classsr.evaluation.figures import new_figure
from classsr.system.files import write_atomic

RATE = "learning rate"
PANELS = {
    "loss": ["loss"],
    "terms of the loss": ["l1", "l2", "worth", "class", "average"],
    "PSNR, dB": ["psnr"],
    RATE: ["lr"],
    "share of the tiles": [f"class{number}" for number in range(1, 10)],
    "router": ["entropy", "margin"],
}
LOGARITHMIC = ("loss", "terms of the loss")
NOISY = ("loss", "terms of the loss", "share of the tiles", "router")
STYLES = ("-", "--", ":", "-.")  # of the trainings, where colours tell names apart
POINTS = 200


def panels(runs: dict[str, dict[str, Curve]]) -> dict[str, list[str]]:
    """The names of each panel that some training wrote; one that only repeats the loss is left."""
    found = {
        title: [name for name in names if any(name in curves for curves in runs.values())]
        for title, names in PANELS.items()
    }
    return {title: names for title, names in found.items() if names not in ([], ["l1"])}


def draw(runs: dict[str, dict[str, Curve]], path: Path) -> None:
    """Write one panel for each kind of scalar that is there."""
    shown = panels(runs)
    if not shown:
        raise ClassSRError("the trainings have not written any scalars yet")
    rows = (len(shown) + 1) // 2
    figure = new_figure(width=11, height=3 * rows)
    axes = figure.subplots(rows, 2, squeeze=False).ravel()
    for axis, (title, names) in zip(axes, shown.items(), strict=False):
        for number, (run, curves) in enumerate(runs.items()):
            for place, name in enumerate(names):
                if name not in curves:
                    continue
                steps, values = curves[name]
                colour = f"C{place if len(names) > 1 else number}"
                label = name if len(runs) == 1 else run if len(names) == 1 else f"{run} {name}"
                style = STYLES[number % len(STYLES)] if len(names) > 1 else "-"
                if title in NOISY:
                    axis.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
                    values = smoothed(values, window=2 * (len(values) // 30) + 1)
                lone = "o" if len(steps) == 1 else None  # no line would show it
                axis.plot(
                    steps, values, style, marker=lone, color=colour, label=label, linewidth=1.5
                )
        axis.set_title(title, fontsize="medium")
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
        if title in LOGARITHMIC:
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
            axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.yaxis.set_minor_formatter(NullFormatter())
        elif title == RATE:
            axis.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    figure.savefig(path, dpi=100)


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiments", type=Path, nargs="+", help="folders under experiments/")
    parser.add_argument("-o", dest="out", type=Path, default=Path("curves.png"), metavar="PNG")
    parser.add_argument("--thin", type=Path, metavar="FOLDER", help="where to write small CSVs")
    given = parser.parse_args()
    runs = {path.name.removesuffix(".csv"): read_curves(path) for path in given.experiments}
    draw(runs, given.out)
    print(f"written to {given.out}")
    if given.thin is not None:
        names = [name for group in panels(runs).values() for name in group]
        for run, curves in runs.items():
            kept = {n: thinned(curves[n], points=POINTS) for n in names if n in curves}
            write_atomic(given.thin / f"{run}.csv", to_csv(kept).encode())
        print(f"curves written to {given.thin}/")


if __name__ == "__main__":
    main(run)
