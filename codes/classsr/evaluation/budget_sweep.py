"""PSNR against computation: one trained ClassSR at many budgets, and plain networks beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from classsr.data.paired_folder import PairFolder
from classsr.evaluation.figures import new_figure
from classsr.evaluation.image_scores import Protocol, psnr_of
from classsr.evaluation.markdown import csv_table, flops_and_share, table
from classsr.inference.usage import flops_of
from classsr.models.cost import Cost, NetworkCost
from classsr.system.clock import timed


@dataclass(frozen=True)
class SweepPoint:
    """A network at one setting, on average over a data set.

    psnr: RGB, dB; flops: of a tile, see `image_flops`; full: what they are shares of.
    tiles: how many went to each class, simple to hard; seconds: of the whole data set.
    line: whether the point is one of the curve of budgets.
    """

    name: str
    psnr: float
    flops: Cost
    full: Cost
    tiles: tuple[int, ...]
    seconds: float
    line: bool


def measure_protocol(
    name: str,
    pairs: PairFolder,
    protocol: Protocol,
    cost: NetworkCost,
    *,
    full: Cost,
    crop_border: int,
    line: bool,
) -> SweepPoint:
    """Score a protocol on a data set by PSNR alone, which is quicker than `evaluate`.

    full: what all FLOPs are shares of, the widest branch of the ClassSR that is swept.
    """
    psnrs, costs, seconds = [], [], 0.0
    tiles = np.zeros(len(cost.branches), dtype=np.int64)
    for lr, hr in pairs:
        took, restored = timed(partial(protocol, lr))
        seconds += took
        psnrs.append(psnr_of(restored, hr, crop_border=crop_border))
        costs.append(flops_of(restored, cost)[0])
        tiles += np.bincount(restored.classes, minlength=len(tiles))
    return SweepPoint(
        name=name,
        psnr=float(np.mean(psnrs)),
        flops=sum(costs, Cost()) * (1 / len(costs)),
        full=full,
        tiles=tuple(tiles.tolist()),
        seconds=seconds,
        line=line,
    )


def to_markdown(points: Iterable[SweepPoint]) -> str:
    """A row for each point."""
    header = ("setting", "PSNR", "FLOPs (paper)", "FLOPs (exact)", "seconds")
    rows = [
        (
            point.name,
            f"{point.psnr:.3f}",
            flops_and_share(point.flops.paper, point.full.paper),
            flops_and_share(point.flops.exact, point.full.exact),
            f"{point.seconds:.2f}",
        )
        for point in points
    ]
    return table(header, rows) + "\n"


def to_csv(points: Iterable[SweepPoint]) -> str:
    """The same figures at full precision."""
    header = ("setting", "psnr", "flops_paper", "flops_exact", "seconds")
    rows = ((p.name, p.psnr, p.flops.paper, p.flops.exact, p.seconds) for p in points)
    return csv_table(header, rows)


def draw(points: list[SweepPoint], path: Path) -> None:
    """PSNR over FLOPs as the paper counts them, and over seconds.

    Raises ClassSRError where matplotlib is not installed.
    """
    figure = new_figure(width=11, height=4.2)
    axes = figure.subplots(1, 2, sharey=True)
    quantities: dict[str, Callable[[SweepPoint], float]] = {
        "FLOPs of a tile (paper's convention), M": lambda point: point.flops.paper / 1e6,
        "seconds": lambda point: point.seconds,
    }
    for axis, (label, x) in zip(axes, quantities.items(), strict=True):
        curve = [point for point in points if point.line]
        axis.plot(*zip(*((x(p), p.psnr) for p in curve), strict=True), ".-", label="budgets")
        for point in points:
            if not point.line:
                axis.plot(x(point), point.psnr, "o", label=point.name)
        axis.set_xlabel(label)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("PSNR (RGB), dB")
    axes[1].legend(fontsize="small")
    figure.savefig(path, dpi=120)
