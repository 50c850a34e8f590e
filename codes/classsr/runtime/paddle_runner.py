"""The reference runner: Paddle in eager mode, on any device."""

from __future__ import annotations

from functools import partial

import numpy as np
import paddle
from paddle import nn

from classsr.models.classsr import split_network
from classsr.runtime.runner import PlanesRunner


class PaddleRunner(PlanesRunner):
    """Runs a network as it is; weights that change in training take effect at once."""

    def __init__(self, network: nn.Layer) -> None:
        classifier, branches = split_network(network)
        super().__init__(
            classifier=None if classifier is None else partial(_run, classifier),
            branches=[partial(_run, branch) for branch in branches],
            scale=network.scale,
            batch_size=64,
        )


@paddle.no_grad()
def _run(network: nn.Layer, planes: np.ndarray) -> np.ndarray:
    result: np.ndarray = network(paddle.to_tensor(planes)).numpy()
    return result
