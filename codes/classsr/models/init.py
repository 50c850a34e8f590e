"""The weight initialisations of the published networks, which differ from Paddle's defaults."""

from __future__ import annotations

import math
from collections.abc import Iterable

import paddle
from paddle import nn

WEIGHTED = (nn.Conv2D, nn.Conv2DTranspose, nn.Linear)


def fan_in(layer: nn.Layer) -> int:
    """Inputs of one output value, as PyTorch counts them.

    A convolution's weight is (out, in / groups, k, k).  A transposed convolution's is
    (in, out, k, k), of which PyTorch takes the second axis for the inputs too; a Linear's is
    (in, out) in Paddle.
    """
    shape = layer.weight.shape
    return int(shape[0] if isinstance(layer, nn.Linear) else math.prod(shape[1:]))


@paddle.no_grad()
def uniform(layers: Iterable[nn.Layer]) -> None:
    """Draw weights and biases from U(-b, b), b = 1 / sqrt(fan in): PyTorch's default.

    Frozen ones stay.
    """
    for layer in layers:
        if isinstance(layer, WEIGHTED):
            bound = 1 / math.sqrt(fan_in(layer))
            for parameter in (layer.weight, layer.bias):
                if parameter is not None and not parameter.stop_gradient:
                    parameter.set_value(paddle.uniform(parameter.shape, min=-bound, max=bound))


@paddle.no_grad()
def kaiming(layers: Iterable[nn.Layer], *, scale: float = 1.0) -> None:
    """Draw weights from N(0, 2 / fan in) times `scale` and clear the biases (He et al., 2015)."""
    for layer in layers:
        if isinstance(layer, WEIGHTED):
            std = scale * math.sqrt(2 / fan_in(layer))
            layer.weight.set_value(paddle.randn(layer.weight.shape) * std)
            if layer.bias is not None:
                layer.bias.set_value(paddle.zeros(layer.bias.shape))
