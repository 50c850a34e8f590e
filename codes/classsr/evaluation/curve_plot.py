"""Curves of trainings as a picture: losses, PSNR, learning rate, class shares."""

from __future__ import annotations

from pathlib import Path

from classsr.errors import ClassSRError
from classsr.evaluation.curves import Curve, smoothed
from classsr.evaluation.figures import new_figure

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
