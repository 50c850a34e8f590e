"""Convolutions that are trained in another form than they are run in."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.models.layers import Conv2D, plain_convolution


class Collapsible(nn.Layer):
    """A convolution without bias whose kernel is formed from its weights before it is applied.

    FLOPs are those of the convolution with the formed kernel.
    """

    padding: int

    @property
    def weight(self) -> paddle.Tensor:
        """The kernel (out, in, k, k)."""
        raise NotImplementedError

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """Convolve (N, in, H, W)."""
        return F.conv2d(x, self.weight, padding=self.padding)

    def deployed(self) -> nn.Layer:
        """The plain convolution of the formed kernel."""
        return plain_convolution(self.weight, None, padding=self.padding)


class LinearBlock(Collapsible):
    """The collapsible linear block of SESR: a k x k convolution and a 1x1 convolution as one.

    padding: zeros at the edges of what it gets.
    expansion: channels between the two.
    gain: standard deviation of its outputs in the beginning, for inputs of 1.
    residual: add the input, as an identity in the kernel.
    zero_sum: subtract from the kernel its mean over the k x k taps, so that constant channels
        give exactly 0.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        padding: int,
        expansion: int,
        gain: float = 1.0,
        residual: bool = False,
        zero_sum: bool = False,
    ) -> None:
        super().__init__()
        self.padding = padding
        self.zero_sum = zero_sum
        shape = (expansion, in_channels, kernel, kernel)
        self.expand = self.create_parameter(
            shape,
            default_initializer=nn.initializer.Normal(std=1 / math.sqrt(math.prod(shape[1:]))),
        )
        self.project = self.create_parameter(
            (out_channels, expansion),
            default_initializer=nn.initializer.Normal(std=gain / math.sqrt(expansion)),
        )
        identity = np.zeros((out_channels, *shape[1:]), dtype=np.float32)
        if residual:
            identity[range(out_channels), range(in_channels), kernel // 2, kernel // 2] = 1
        self.identity = paddle.to_tensor(identity) if residual else None

    @property
    def weight(self) -> paddle.Tensor:
        """The kernel of both convolutions and the residual (out, in, k, k)."""
        flat = self.project @ self.expand.flatten(1)
        kernel = flat.reshape([flat.shape[0], *self.expand.shape[1:]])
        if self.zero_sum:
            kernel = kernel - kernel.mean(axis=[2, 3], keepdim=True)
        return kernel if self.identity is None else kernel + self.identity


def collapsed(network: nn.Layer) -> nn.Layer:
    """A copy of a network with plain convolutions in place of collapsible ones."""
    network = copy.deepcopy(network)
    for layer in network.sublayers(include_self=True):
        for name, child in list(layer.named_children()):
            if isinstance(child, Collapsible):
                plain = plain_convolution(child.weight, None, padding=child.padding, kind=Conv2D)
                layer.add_sublayer(name, plain)
    return network


def collapsed_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """The description of a collapsed network, from that of the network (see `models.spec`)."""
    if spec["type"] == "ClassSR":
        return spec | {"branches": [collapsed_spec(branch) for branch in spec["branches"]]}
    return spec | {"collapsed": True} if "collapsed" in spec else spec
