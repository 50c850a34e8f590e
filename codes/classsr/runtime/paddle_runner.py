"""The reference runner: Paddle in eager mode, on any device."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import paddle
from paddle import nn

from classsr.arrays import Planes
from classsr.models.classsr import split_network
from classsr.runtime.pixels import to_batch, to_uint8


class PaddleRunner:
    """Runs a network as it is; weights that change in training take effect at once."""

    batch_size = 64
    streams = 1  # Paddle computes a batch on all cores and serves one thread

    def __init__(self, network: nn.Layer) -> None:
        self.scale: int = network.scale
        classifier, branches = split_network(network)
        self.num_classes = len(branches)
        self._classifier = None if classifier is None else self._prepared(classifier)
        self._branches = [self._prepared(branch) for branch in branches]

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """See `Runner.classify`."""
        assert self._classifier is not None
        return self._classifier(to_batch(tiles) if tiles.dtype == np.uint8 else tiles)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """See `Runner.run_branch`."""
        if tiles.dtype == np.uint8:
            return to_uint8(self._branches[branch](to_batch(tiles)))
        return self._branches[branch](tiles)

    def _prepared(self, part: nn.Layer) -> Callable[[Planes], Planes]:
        """A function that computes a part of the network."""
        return partial(_run, part)


@paddle.no_grad()
def _run(network: nn.Layer, planes: Planes) -> Planes:
    result: Planes = network(paddle.to_tensor(planes)).numpy()
    return result
