"""A comparison of routers as Markdown, CSV and a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path

from classsr.evaluation.figures import new_figure
from classsr.evaluation.markdown import csv_table, flops_and_share, table
from classsr.evaluation.router_study import (
    ALONE,
    ARGMAX,
    AVERAGE,
    CHOICES,
    StudyPoint,
    mean_points,
    recovered,
)

NOTES = (
    "PSNR on RGB; the columns after it are differences from {reference} in dB. The classifier's "
    "choice of tiles stands beside a random one (the mean of five), tiles in the order of their "
    "Laplacian's energy, and an oracle that knows the error of every tile in every branch; all "
    "give each class as many tiles of an image as the classifier does. Recovered is the share of "
    "the way from random to oracle that the classifier goes. FLOPs are the paper's, and their "
    "share is of {reference}."
)

# By image and setting, the points of each choice.
Tree = dict[str, dict[str, dict[str, StudyPoint]]]


def to_markdown(points: list[StudyPoint], *, title: str, reference: str) -> str:
    """The networks alone and the settings on average, then the images by argmax.

    reference: the network on every tile that all differences are from.
    """
    tree = _tree([*points, *mean_points(points)])
    average = tree[AVERAGE]
    base = average[reference][ALONE]
    alone = [
        (
            setting,
            f"{choices[ALONE].psnr:.3f}",
            f"{choices[ALONE].psnr - base.psnr:+.3f}",
            _flops(choices[ALONE], base),
        )
        for setting, choices in average.items()
        if ALONE in choices
    ]
    settings = [
        _row(setting, choices, base) for setting, choices in average.items() if ALONE not in choices
    ]
    images = [
        _row(image, of_image[ARGMAX], of_image[reference][ALONE])
        for image, of_image in tree.items()
    ]
    blocks = [
        f"# {title}",
        NOTES.format(reference=reference),
        table(("on every tile", "PSNR", reference, "FLOPs"), alone),
        table(("setting", *COLUMNS), settings),
        f"## Images, {ARGMAX}",
        table(("image", *COLUMNS), images),
    ]
    return "\n\n".join(blocks) + "\n"


COLUMNS = ("tiles by class", "FLOPs", "PSNR", *CHOICES, "recovered")


def _row(label: str, choices: dict[str, StudyPoint], base: StudyPoint) -> tuple[str, ...]:
    routed = choices["classifier"]
    random, chosen, oracle = (choices[c].psnr for c in ("random", "classifier", "oracle"))
    share = recovered(random=random, chosen=chosen, oracle=oracle)
    return (
        label,
        " / ".join(str(count) for count in routed.tiles),
        _flops(routed, base),
        f"{routed.psnr:.3f}",
        *(f"{choices[choice].psnr - base.psnr:+.3f}" for choice in CHOICES),
        "" if share is None else f"{share:.0%}",
    )


def _flops(point: StudyPoint, base: StudyPoint) -> str:
    return flops_and_share(point.flops.paper, base.flops.paper)


def to_csv(points: list[StudyPoint]) -> str:
    """All points and their means at full precision."""
    header = ("image", "setting", "choice", "tiles", "psnr", "flops_paper", "flops_exact")
    rows = (
        (p.image, p.setting, p.choice, "/".join(map(str, p.tiles)), p.psnr, *astuple(p.flops))
        for p in (*points, *mean_points(points))
    )
    return csv_table(header, rows)


def draw(points: list[StudyPoint], path: Path, *, reference: str) -> None:
    """What each choice loses against the reference over the FLOPs, on average.

    Raises ClassSRError where matplotlib is not installed.
    """
    average = _tree(mean_points(points))[AVERAGE]
    base = average[reference][ALONE]

    def place(point: StudyPoint) -> tuple[float, float]:
        return 100 * point.flops.paper / base.flops.paper, point.psnr - base.psnr

    figure = new_figure(width=7.5, height=5)
    axis = figure.subplots()
    axis.axhline(0, color="black", linewidth=0.8)
    budgets = [s for s, choices in average.items() if s != ARGMAX and ALONE not in choices]
    for below, choice in zip(range(len(CHOICES), 0, -1), CHOICES, strict=True):
        curve = [place(average[budget][choice]) for budget in budgets]
        (line,) = axis.plot(
            *zip(*curve, strict=True),
            ".-",
            linewidth=1.2 * below,  # one that lies below another shows as its border
            label=f"{choice}, within a budget",
        )
        star = place(average[ARGMAX][choice])
        axis.plot(*star, "*", markersize=11, color=line.get_color())
    axis.plot([], [], "*", markersize=11, color="grey", label=f"the counts of {ARGMAX}")
    for setting, choices in average.items():
        if ALONE in choices and setting != reference:  # which is the line at 0
            spot = place(choices[ALONE])
            axis.plot(*spot, "ks", markersize=5)
            axis.annotate(setting, spot, xytext=(0, -15), textcoords="offset points", ha="center")
    axis.set_xlabel(f"FLOPs as the paper counts them, % of {reference}")
    axis.set_ylabel(f"PSNR (RGB) against {reference}, dB")
    axis.margins(0.08)
    axis.grid(alpha=0.3)
    axis.legend(loc="lower right")
    figure.savefig(path, dpi=120)


def _tree(points: Iterable[StudyPoint]) -> Tree:
    tree: Tree = defaultdict(lambda: defaultdict(dict))
    for point in points:
        tree[point.image][point.setting][point.choice] = point
    return tree
