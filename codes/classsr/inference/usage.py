"""What upscaling took: tiles, FLOPs and seconds of each picture, and of all together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classsr.inference.full_protocol import Plan
from classsr.inference.run_tiles import Restored
from classsr.models.cost import Cost, NetworkCost


@dataclass(frozen=True)
class Usage:
    """What pictures took.

    tiles: how many went to each class, simple to hard.
    computed: LR pixels that went through each branch, halos included.
    area: of the pictures in LR pixels, with alpha channels that were restored besides.
    seconds: from pixels to pixels, without reading and writing files.
    """

    tiles: np.ndarray
    computed: np.ndarray
    area: int
    seconds: float

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.tiles + other.tiles,
            self.computed + other.computed,
            self.area + other.area,
            self.seconds + other.seconds,
        )


def usage_of(plans: Sequence[Plan], *, num_classes: int, seconds: float) -> Usage:
    """What the plans of one picture took in so many seconds."""
    tiles = [np.bincount(plan.classes, minlength=num_classes) for plan in plans]
    computed = [plan.computed_pixels(num_classes=num_classes) for plan in plans]
    return Usage(
        tiles=np.sum(tiles, axis=0),
        computed=np.sum(computed, axis=0),
        area=sum(plan.image[:, :, 0].size for plan in plans),
        seconds=seconds,
    )


def summary(spent: Usage, cost: NetworkCost) -> str:
    """One line: tiles by class, share of the FLOPs of the widest branch alone, seconds."""
    flops, full = image_flops(spent.tiles, spent.computed, spent.area, cost)
    tiles = " / ".join(map(str, spent.tiles))
    return f"tiles {tiles}, {flops.paper / full.paper:.1%} FLOPs, {spent.seconds:.1f} s"


def figures(spent: Usage, cost: NetworkCost) -> dict[str, Any]:
    """The same and more for a JSON file; FLOPs are means per tile (see `image_flops`)."""
    flops, full = image_flops(spent.tiles, spent.computed, spent.area, cost)
    return {
        "tiles": spent.tiles.tolist(),
        "flops_paper": flops.paper,
        "flops_paper_share": flops.paper / full.paper,
        "flops_exact": flops.exact,
        "flops_exact_share": flops.exact / full.exact,
        "seconds": spent.seconds,
    }


def total(parts: Iterable[Usage]) -> Usage:
    """The sum of at least one."""
    first, *others = parts
    return sum(others, start=first)


def flops_of(restored: Restored, cost: NetworkCost) -> tuple[Cost, Cost]:
    """`image_flops` of one result."""
    tiles = np.bincount(restored.classes, minlength=len(cost.branches))
    return image_flops(tiles, restored.computed, restored.lr_area, cost)


def image_flops(
    tiles: np.ndarray, computed: np.ndarray, area: int, cost: NetworkCost
) -> tuple[Cost, Cost]:
    """FLOPs for each tile's worth of LR pixels, and those of the widest branch on everything.

    paper: the mean over the tiles of their branches; classifier and overlap do not count.
    exact: everything that is computed, classifier and overlap included, over the image's area in
    tiles; the widest branch is taken without classifier and without overlap.

    tiles: how many went to each class; computed: LR pixels that went through each branch; area:
    of the result in LR pixels.
    """
    number, size = int(tiles.sum()), cost.tile**2
    paper, exact = 0.0, cost.classifier.exact * number
    for branch, tile_count, pixels in zip(
        cost.branches, tiles.tolist(), computed.tolist(), strict=True
    ):
        paper += branch.paper * tile_count
        exact += branch.exact * pixels / size
    return Cost(paper=paper / number, exact=exact * size / area), cost.branches[-1]
