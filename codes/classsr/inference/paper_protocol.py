"""From an LR image to its super-resolution under the paper's protocol, tile by tile."""

from __future__ import annotations

import math

import numpy as np

from classsr.arrays import IntegerImage
from classsr.inference.routing import Router, most_probable
from classsr.inference.run_tiles import Restored, classify, run_branches
from classsr.inference.tile_grid import (
    PAPER_STRIDE,
    PAPER_TILE,
    cut_tiles,
    merge_tiles,
    paper_tiling,
)
from classsr.runtime.runner import Runner


def paper_protocol(
    image: IntegerImage,
    runner: Runner,
    *,
    tile: int = PAPER_TILE,
    stride: int = PAPER_STRIDE,
    batch_size: int | None = None,
    route: Router = most_probable,
) -> Restored:
    """Super-resolve as the paper's tables were made.

    Every tile goes through the branch of its class and is rounded to 8 bits before overlaps are
    averaged.

    image: RGB (H, W, 3), uint8 or uint16; tile, stride: in LR pixels.
    batch_size: tiles that run at once, which bounds the memory; None for what suits the runner.
    Raises ClassSRError for an image smaller than a tile.
    """
    tiling = paper_tiling(*image.shape[:2], tile=tile, stride=stride)
    tiles = cut_tiles(image, tiling)
    classes = route(classify(tiles, runner, batch_size=batch_size))
    restored = run_branches(tiles, classes, runner, batch_size=batch_size)
    merged = merge_tiles(restored, tiling, scale=runner.scale)
    computed = np.bincount(classes, minlength=runner.num_classes) * tile**2
    return Restored(merged, tiling, classes, computed, math.prod(tiling.covered))
