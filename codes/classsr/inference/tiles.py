"""Tiles through the classifier and the branch of their class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from classsr.images.rgb import to_float
from classsr.inference.tiling import Tiling
from classsr.runtime.runner import Runner
from classsr.system.threads import in_parallel


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


def classify(tiles: np.ndarray, runner: Runner, *, batch_size: int) -> np.ndarray:
    """Logits (N, M) of integer tiles (N, H, W, 3).

    batch_size: as for the branches; the classifier, whose features have a sixteenth of the
        positions, takes four times as many.
    """
    batch_size *= 4

    def logits(start: int) -> np.ndarray:
        return runner.classify(to_batch(tiles[start : start + batch_size]))

    starts = range(0, len(tiles), batch_size)
    return np.concatenate([part for _, part in in_parallel(logits, starts, workers=runner.streams)])


def run_branches(
    tiles: np.ndarray, classes: np.ndarray, runner: Runner, *, batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Run every tile through the branch of its class, class by class in full batches.

    Yields places in `tiles` (n,) and what became of those tiles, uint8 (n, H, W, 3).
    A class without tiles costs nothing.
    """

    def run(members: np.ndarray) -> np.ndarray:
        return to_uint8(runner.run_branch(to_batch(tiles[members]), int(classes[members[0]])))

    groups = (np.flatnonzero(classes == branch) for branch in range(runner.num_classes))
    batches = (
        members[start : start + batch_size]
        for members in groups
        for start in range(0, len(members), batch_size)
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
