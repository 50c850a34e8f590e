"""Tiles through the classifier and the branch of their class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classsr.arrays import Classes, IntegerImage, Logits, UInt8Image
from classsr.inference.tile_grid import Tiling
from classsr.runtime.pixels import to_batch, to_uint8
from classsr.runtime.runner import Runner
from classsr.system.threads import each_in_parallel, in_parallel

CLASSIFIED = 16  # LR pixels for each position of the classifier's features


@dataclass(frozen=True)
class Restored:
    """A super-resolved image and how it came about.

    image: float32 RGB (H, W, 3) on 0..255, of the part of the input that the protocol covers.
    classes: the class of each tile, 0 the simplest, in the order of `tiling.origins`.
    computed: LR pixels that went through each branch, overlaps included (M,).
    lr_area: LR pixels that the image shows.
    """

    image: np.ndarray
    tiling: Tiling
    classes: Classes
    computed: np.ndarray
    lr_area: int


def classify(tiles: IntegerImage, runner: Runner, *, batch_size: int | None = None) -> Logits:
    """Logits (N, M) of integer tiles (N, H, W, 3).

    batch_size: as for the branches, None for what suits the runner; the classifier takes
        `CLASSIFIED` times as many.
    """
    size = CLASSIFIED * (batch_size or runner.batch_size)
    starts = range(0, len(tiles), size)
    return classify_batches((tiles[start : start + size] for start in starts), runner)


def classify_batches(batches: Iterable[IntegerImage], runner: Runner) -> Logits:
    """Logits (N, M) of tiles in batches (n, H, W, 3), which are taken as they are needed.

    A plain network has one class, whose logits are 0.
    """

    parts: dict[int, Logits] = {}

    def classify_batch(numbered: tuple[int, IntegerImage]) -> None:
        number, tiles = numbered
        if runner.num_classes == 1:
            parts[number] = np.zeros((len(tiles), 1), dtype=np.float32)
        else:
            parts[number] = runner.classify(tiles if tiles.dtype == np.uint8 else to_batch(tiles))

    for _ in each_in_parallel(classify_batch, enumerate(batches), workers=runner.streams):
        pass
    return np.concatenate([parts[number] for number in sorted(parts)])


def run_branches(
    tiles: IntegerImage, classes: Classes, runner: Runner, *, batch_size: int | None = None
) -> Iterator[tuple[NDArray[np.int64], UInt8Image]]:
    """Run every tile through the branch of its class, class by class in full batches.

    Yields places in `tiles` (n,) and what became of those tiles, uint8 (n, H, W, 3).
    A class without tiles costs nothing.

    batch_size: None for what suits the runner.
    """
    size = batch_size or runner.batch_size

    def run(members: np.ndarray) -> np.ndarray:
        batch, branch = tiles[members], int(classes[members[0]])
        if batch.dtype == np.uint8:
            return runner.run_branch(batch, branch)
        return to_uint8(runner.run_branch(to_batch(batch), branch))

    groups = (np.flatnonzero(classes == branch) for branch in range(runner.num_classes))
    batches = (
        members[start : start + size]
        for members in groups
        for start in range(0, len(members), size)
    )
    return in_parallel(run, batches, workers=runner.streams)
