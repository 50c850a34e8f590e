"""From an LR image to its super-resolution under the paper's protocol, tile by tile."""

from __future__ import annotations

import numpy as np

from classsr.inference.routing import Router, most_probable
from classsr.inference.tiles import Restored, classify, restore
from classsr.inference.tiling import PAPER_STRIDE, PAPER_TILE, cut, merge, paper_tiling
from classsr.runtime.runner import Runner


def paper_protocol(
    image: np.ndarray,
    runner: Runner,
    *,
    tile: int = PAPER_TILE,
    step: int = PAPER_STRIDE,
    batch: int | None = None,
    route: Router = most_probable,
) -> Restored:
    """Super-resolve as the paper's tables were made.

    Every tile goes through the branch of its class and is rounded to 8 bits before overlaps are
    averaged.

    image: RGB (H, W, 3), uint8 or uint16; tile, step: in LR pixels.
    batch: tiles that run at once, which bounds the memory; None for what suits the runner.
    Raises ClassSRError for an image smaller than a tile.
    """
    tiling = paper_tiling(*image.shape[:2], tile=tile, step=step)
    tiles = cut(image, tiling)
    batch = batch or runner.batch
    classes = route(classify(tiles, runner, batch=batch))
    restored = restore(tiles, classes, runner, batch=batch)
    merged = merge(restored, tiling, scale=runner.scale)
    computed = np.bincount(classes, minlength=runner.num_classes) * tile**2
    return Restored(merged, tiling, classes, computed)
