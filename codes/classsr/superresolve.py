"""From an LR image to its super-resolution under the paper's protocol, tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from classsr.images import to_float
from classsr.routing import Router, most_probable
from classsr.runtime.parallel import in_parallel
from classsr.runtime.runner import Runner
from classsr.tiling import Tiling, cut, merge, paper_tiling


@dataclass(frozen=True)
class Restored:
    """A super-resolved image and how it came about.

    image: float32 RGB (H, W, 3) on 0..255, of the part of the input that the protocol covers.
    classes: the class of each tile, 0 the simplest, in the order of `tiling.origins`.
    computed: LR pixels that went through each branch, overlaps included (M,).
    """

    image: np.ndarray
    tiling: Tiling
    classes: np.ndarray
    computed: np.ndarray


def paper_protocol(
    image: np.ndarray,
    runner: Runner,
    *,
    tile: int = 32,
    step: int = 28,
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


def classify(tiles: np.ndarray, runner: Runner, *, batch: int) -> np.ndarray:
    """Logits (N, M) of integer tiles (N, H, W, 3)."""

    def logits(start: int) -> np.ndarray:
        return runner.classify(to_batch(tiles[start : start + batch]))

    starts = range(0, len(tiles), batch)
    return np.concatenate([part for _, part in in_parallel(logits, starts, workers=runner.streams)])


def restore(
    tiles: np.ndarray, classes: np.ndarray, runner: Runner, *, batch: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Run every tile through the branch of its class, class by class in full batches.

    Yields places in `tiles` (n,) and what became of those tiles, uint8 (n, H, W, 3).
    A class without tiles costs nothing.
    """

    def run(members: np.ndarray) -> np.ndarray:
        return to_uint8(runner.restore(to_batch(tiles[members]), int(classes[members[0]])))

    groups = (np.flatnonzero(classes == branch) for branch in range(runner.num_classes))
    batches = (
        members[start : start + batch]
        for members in groups
        for start in range(0, len(members), batch)
    )
    return in_parallel(run, batches, workers=runner.streams)


def to_batch(tiles: np.ndarray) -> np.ndarray:
    """Integer tiles (N, H, W, 3) as network input, float32 (N, 3, H, W) in [0, 1]."""
    return np.ascontiguousarray(to_float(tiles).transpose(0, 3, 1, 2))


def to_uint8(restored: np.ndarray) -> np.ndarray:
    """Network output (N, 3, H, W) in [0, 1] clipped and rounded to uint8 (N, H, W, 3).

    The input is used up: each step works in place, because they take as long as a small network.
    The result keeps its layout in memory, plane by plane.
    """
    restored *= 255
    np.rint(restored, out=restored)
    np.clip(restored, 0, 255, out=restored)
    return restored.astype(np.uint8).transpose(0, 2, 3, 1)
