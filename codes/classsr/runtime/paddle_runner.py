"""The reference runner: Paddle in eager mode, on any device."""

from __future__ import annotations

import numpy as np
import paddle
from paddle import nn

from classsr.models.classsr import split_network
from classsr.runtime.pixels import to_batch, to_uint8


class PaddleRunner:
    """Runs a network as it is; weights that change in training take effect at once."""

    batch_size = 64
    streams = 1  # Paddle computes a batch on all cores

    def __init__(self, network: nn.Layer) -> None:
        self.scale: int = network.scale
        self._classifier, self._branches = split_network(network)
        self.num_classes = len(self._branches)

    @paddle.no_grad()
    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """See `Runner.classify`; a plain network has one class."""
        if self._classifier is None:
            return np.zeros((len(tiles), 1), dtype=np.float32)
        planes = to_batch(tiles) if tiles.dtype == np.uint8 else tiles
        return self._classifier(paddle.to_tensor(planes)).numpy()

    @paddle.no_grad()
    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """See `Runner.run_branch`."""
        # No call of itself: the decorator's grad mode does not nest.
        in_bytes = tiles.dtype == np.uint8
        planes = to_batch(tiles) if in_bytes else tiles
        restored = self._branches[branch](paddle.to_tensor(planes)).numpy()
        return to_uint8(restored) if in_bytes else restored
