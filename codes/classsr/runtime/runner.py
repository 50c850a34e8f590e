"""The interface between routing and the networks."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Runner(Protocol):
    """A classifier and branches that run on batches of tiles.

    Tiles are float32 (N, 3, H, W), RGB in [0, 1], or uint8 (N, H, W, 3).

    scale: enlargement; num_classes: number of branches, 1 for a plain network.
    batch_size: how many tiles it runs best at once.
    streams: how many calls it runs best at the same time, from as many threads.
    """

    scale: int
    num_classes: int
    batch_size: int
    streams: int

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """Logits (N, num_classes) of tiles; not called of a plain network."""
        ...

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """Tiles through one branch, of the input's kind and the scaled height and width.

        float32 results are not clipped, uint8 results are clipped and rounded.  The result is the
        caller's to change.
        """
        ...
