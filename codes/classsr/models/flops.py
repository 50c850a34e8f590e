"""FLOPs and multiplications of a network, counted from its layers.

Two conventions:
- paper: 2 x multiply-accumulates of convolutions and linear layers; a transposed convolution is
  counted at its output positions.  Every FLOPs figure of the ClassSR paper follows it.
- exact: the same, but a transposed convolution is counted at its input positions, which are the
  multiplications that it really needs.
Biases, activations, pooling and interpolation are left out of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import paddle
from paddle import nn

from classsr.errors import ClassSRError
from classsr.models.classsr import split_network
from classsr.models.collapsible import Collapsible
from classsr.models.cost import Cost, NetworkCost


def _convolution(
    layer: nn.Conv2D | Collapsible, inputs: paddle.Tensor, outputs: paddle.Tensor
) -> Cost:
    flops = 2.0 * outputs.size * math.prod(layer.weight.shape[1:])  # (out, in / groups, k, k)
    return Cost(flops, flops)


def _deconvolution(
    layer: nn.Conv2DTranspose, inputs: paddle.Tensor, outputs: paddle.Tensor
) -> Cost:
    kernel = math.prod(layer.weight.shape[1:])  # (in, out / groups, k, k)
    channels, positions = inputs.shape[1], math.prod(outputs.shape[2:])
    return Cost(
        paper=2.0 * outputs.shape[0] * channels * kernel * positions,
        exact=2.0 * inputs.size * kernel,
    )


def _linear(layer: nn.Linear, inputs: paddle.Tensor, outputs: paddle.Tensor) -> Cost:
    flops = 2.0 * outputs.size * layer.weight.shape[0]  # (in, out)
    return Cost(flops, flops)


def _free(layer: nn.Layer, inputs: paddle.Tensor, outputs: paddle.Tensor) -> Cost:
    return Cost()


FREE = [
    *(nn.GELU, nn.LeakyReLU, nn.PReLU, nn.ReLU, nn.Sigmoid, nn.Silu, nn.Tanh),
    *(nn.AdaptiveAvgPool2D, nn.AvgPool2D, nn.MaxPool2D, nn.PixelShuffle, nn.Upsample),
    *(nn.BatchNorm2D, nn.Dropout, nn.Identity),
]
RULES: dict[type[nn.Layer], Callable[..., Cost]] = {
    nn.Conv2D: _convolution,
    Collapsible: _convolution,
    nn.Conv2DTranspose: _deconvolution,
    nn.Linear: _linear,
    **dict.fromkeys(FREE, _free),
}


@paddle.no_grad()
def count(network: nn.Layer, *, height: int = 32, width: int = 32) -> Cost:
    """Count one RGB image of (height, width) pixels; a layer that runs twice counts twice.

    Raises ClassSRError for a layer that has no rule in `RULES`.
    """
    total = Cost()

    def add(layer: nn.Layer, inputs: tuple[paddle.Tensor, ...], outputs: paddle.Tensor) -> None:
        nonlocal total
        total += _rule(layer)(layer, inputs[0], outputs)

    leaves = [layer for layer in network.sublayers(include_self=True) if not layer.sublayers()]
    for leaf in leaves:
        _rule(leaf)
    was_training = network.training
    hooks = [leaf.register_forward_post_hook(add) for leaf in leaves]
    network.eval()  # batch norm must not learn from the zeros
    try:
        network(paddle.zeros([1, 3, height, width]))
    finally:
        for hook in hooks:
            hook.remove()
        if was_training:
            network.train()
    return total


def count_network(network: nn.Layer, *, tile: int = 32) -> NetworkCost:
    """Count the classifier and the branches of ClassSR, or a plain network, on one tile."""
    classifier, branches = split_network(network)
    return NetworkCost(
        tile=tile,
        classifier=count(classifier, height=tile, width=tile) if classifier else Cost(),
        branches=tuple(count(branch, height=tile, width=tile) for branch in branches),
    )


def _rule(layer: nn.Layer) -> Callable[..., Cost]:
    for kind in type(layer).__mro__:
        if kind in RULES:
            return RULES[kind]
    raise ClassSRError(
        f"cannot count the FLOPs of a {type(layer).__name__} layer; "
        f"add a rule to RULES in classsr/models/flops.py"
    )
