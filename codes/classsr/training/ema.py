"""The exponential moving average of a network's weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import paddle
from paddle import nn


class Ema:
    """Averages weights and buffers over steps: average = decay * average + (1 - decay) * weight.

    decay: in (0, 1); 0.999 averages over about the last 1,000 steps.
    """

    def __init__(self, network: nn.Layer, *, decay: float) -> None:
        self._tensors: dict[str, paddle.Tensor] = network.state_dict()
        # A tensor, for with a number in its place Paddle's lerp leaks memory in every call.
        self._new_share = paddle.to_tensor(1 - decay, dtype="float32")
        self.averages = {name: tensor.clone().detach() for name, tensor in self._tensors.items()}

    @paddle.no_grad()
    def update(self) -> None:
        """Take the weights of a finished step in."""
        for name, average in self.averages.items():
            average.lerp_(self._tensors[name], self._new_share)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the network the averages as its weights, for as long as this is entered."""
        own = {name: tensor.clone() for name, tensor in self._tensors.items()}
        self._set(self.averages)
        try:
            yield
        finally:
            self._set(own)

    def _set(self, values: dict[str, paddle.Tensor]) -> None:
        for name, tensor in self._tensors.items():
            tensor.set_value(values[name])
