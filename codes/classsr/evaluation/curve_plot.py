"""Curves of trainings as a picture: losses, PSNR, learning rate, class shares."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classsr.errors import ClassSRError
from classsr.evaluation.curves import Curve, smoothed
from classsr.evaluation.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATE, TERMS = "learning rate", "terms of the loss"
PANELS = {
    "loss": ["loss"],
    TERMS: [],  # all that stand neither in another panel nor in `NOT_DRAWN`
    "PSNR, dB": ["psnr"],
    RATE: ["lr"],
    "share of the tiles": [f"class{number}" for number in range(1, 10)],
    "router": ["entropy", "margin"],
}
NOT_DRAWN = ("best", "avg_reader_cost", "avg_batch_cost", "ips")
LOGARITHMIC = ("loss", TERMS)
NOISY = ("loss", TERMS, "share of the tiles", "router")
STYLES = ("-", "--", ":", "-.")  # of the trainings, where colours tell names apart
MARKED = 12  # points up to which a curve shows each
WIDTH, HEIGHT, LEGEND_LINE = 11.0, 3.0, 0.22  # inches


def panels(runs: dict[str, dict[str, Curve]]) -> dict[str, list[str]]:
    """The names of each panel that some training wrote.

    Terms are left out where no training has two: a single one is the loss, but for its weight.
    """
    written = list(dict.fromkeys(name for curves in runs.values() for name in curves))
    found = {title: [name for name in names if name in written] for title, names in PANELS.items()}
    others = {*NOT_DRAWN, *chain.from_iterable(found.values())}
    found[TERMS] = [name for name in written if name not in others]
    if all(len(curves.keys() & set(found[TERMS])) < 2 for curves in runs.values()):
        del found[TERMS]
    return {title: names for title, names in found.items() if names}


def draw(runs: dict[str, dict[str, Curve]], path: Path) -> None:
    """Write one panel for each kind of scalar that is there, its legend below it."""
    shown = panels(runs)
    if not shown:
        raise ClassSRError("the trainings have not written any scalars yet")
    columns = 2 if len(shown) > 1 else 1
    rows = -(-len(shown) // columns)
    lines = max(sum(n in c for c in runs.values() for n in names) for names in shown.values())
    figure = new_figure(width=WIDTH, height=(HEIGHT + LEGEND_LINE * -(-lines // 3)) * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    named = dict(zip(short_names(list(runs)), runs.values(), strict=True))
    for axis, (title, names) in zip(axes, shown.items(), strict=False):
        draw_panel(axis, title, names, named)
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    figure.savefig(path, dpi=100)


def short_names(names: list[str]) -> list[str]:
    """The names of trainings without the words that all of them begin with."""
    words = [name.split("_") for name in names]
    shared = 0
    while len(names) > 1 and len({tuple(parts[: shared + 1]) for parts in words}) == 1:
        shared += 1
    shared = min(shared, min(map(len, words)) - 1)
    return ["_".join(parts[shared:]) for parts in words]


def equal(curve: Curve, other: Curve) -> bool:
    """Whether two curves hide each other: the same values at the steps that both have."""
    _, mine, theirs = np.intersect1d(curve[0], other[0], return_indices=True)
    return len(mine) > 0 and np.allclose(curve[1][mine], other[1][theirs], rtol=1e-3)


def draw_panel(axis: Axes, title: str, names: list[str], runs: dict[str, dict[str, Curve]]) -> None:
    """The curves of some names over the steps of all trainings."""
    many = len(names) > 1
    for number, (run, curves) in enumerate(runs.items()):
        for place, name in enumerate(names):
            if name not in curves:
                continue
            steps, values = curves[name]
            if title in LOGARITHMIC:
                steps, values = steps[values > 0], values[values > 0]
            how: dict[str, Any] = {
                "color": f"C{place if many else number}",
                "linestyle": STYLES[number % len(STYLES)] if many else "-",
                "marker": "o" if len(steps) <= MARKED else None,
                "label": name if len(runs) == 1 else run if not many else f"{run} {name}",
            }
            if title in NOISY:
                axis.plot(steps, values, color=how["color"], alpha=0.25, linewidth=0.8)
                values = smoothed(values, window=2 * (len(values) // 30) + 1)
            later = [others[name] for others in list(runs.values())[number + 1 :] if name in others]
            below = sum(title == RATE and equal(curves[name], other) for other in later)
            width = 1.5 + 1.5 * below  # so that one below shows as a border
            axis.plot(steps, values, linewidth=width, markersize=5, **how)
    axis.set_title(title, fontsize="medium")
    axis.set_xlabel("step")
    axis.set_xlim(left=0)
    axis.locator_params(axis="x", nbins=6)
    axis.grid(alpha=0.3)
    if many or len(runs) > 1:
        axis.legend(
            fontsize="small",
            loc="upper center",
            bbox_to_anchor=(0.5, -0.18),
            ncols=3,
            frameon=False,
        )
    label_values(axis, title)


def label_values(axis: Axes, title: str) -> None:
    """Plain numbers at the value axis: never an offset, never so many that they overlap."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    if title in LOGARITHMIC:
        axis.set_yscale("log")
        low, high = axis.get_ylim()
        decades = max(high / low, 1)
        subs = (1, 1.5, 2, 3, 5, 7) if decades < 10 else (1, 3) if decades < 1000 else (1,)
        axis.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.yaxis.set_minor_formatter(NullFormatter())
        return
    axis.ticklabel_format(axis="y", useOffset=False)
    if title == RATE:
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:.3g}"))
