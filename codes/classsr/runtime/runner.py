"""The interface between routing and the networks, and what Paddle's two runners share of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from classsr.runtime.pixels import to_batch, to_uint8


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


class PlanesRunner:
    """A runner of functions on float32 planes (N, 3, H, W), which serve one thread.

    classifier: None for a plain network; branches: simple to hard.
    """

    streams = 1

    def __init__(
        self,
        *,
        classifier: Callable[[np.ndarray], np.ndarray] | None,
        branches: Sequence[Callable[[np.ndarray], np.ndarray]],
        scale: int,
        batch_size: int,
    ) -> None:
        self.scale, self.batch_size = scale, batch_size
        self.num_classes = len(branches)
        self._classifier, self._branches = classifier, branches

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """See `Runner.classify`."""
        assert self._classifier is not None
        return self._classifier(to_batch(tiles) if tiles.dtype == np.uint8 else tiles)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """See `Runner.run_branch`."""
        if tiles.dtype == np.uint8:
            return to_uint8(self._branches[branch](to_batch(tiles)))
        return self._branches[branch](tiles)
