"""The interface between routing and the networks."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Runner(Protocol):
    """A classifier and branches that run on batches of tiles, float32 NCHW RGB in [0, 1].

    scale: enlargement; num_classes: number of branches, 1 for a plain network.
    """

    scale: int
    num_classes: int

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """Logits (N, num_classes) of tiles (N, 3, H, W)."""
        ...

    def restore(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """Tiles (N, 3, H, W) through one branch: (N, 3, scale * H, scale * W), not clipped."""
        ...
