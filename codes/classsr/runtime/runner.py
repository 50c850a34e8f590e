"""The interface between routing and the networks."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Runner(Protocol):
    """A classifier and branches that run on batches of tiles, float32 NCHW RGB in [0, 1].

    scale: enlargement; num_classes: number of branches, 1 for a plain network.
    batch: how many tiles it runs best at once.
    streams: how many calls it runs best at the same time, from as many threads.
    """

    scale: int
    num_classes: int
    batch_size: int
    streams: int

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """Logits (N, num_classes) of tiles (N, 3, H, W)."""
        ...

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """Tiles (N, 3, H, W) through one branch: (N, 3, scale * H, scale * W), not clipped.

        The result is the caller's to change.
        """
        ...
