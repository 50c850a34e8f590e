"""Tiles through the classifier and the branch of their class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from classsr.inference.tiling import Tiling
from classsr.runtime.pixels import to_batch, to_uint8
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
        batch = tiles[start : start + batch_size]
        return runner.classify(batch if batch.dtype == np.uint8 else to_batch(batch))

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
        batch, branch = tiles[members], int(classes[members[0]])
        if batch.dtype == np.uint8:
            return runner.run_branch(batch, branch)
        return to_uint8(runner.run_branch(to_batch(batch), branch))

    groups = (np.flatnonzero(classes == branch) for branch in range(runner.num_classes))
    batches = (
        members[start : start + batch_size]
        for members in groups
        for start in range(0, len(members), batch_size)
    )
    return in_parallel(run, batches, workers=runner.streams)
