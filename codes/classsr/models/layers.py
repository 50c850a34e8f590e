"""Building blocks that several backbones share."""

from __future__ import annotations

import numpy as np
from paddle import nn

DIV2K_MEAN = (0.4488, 0.4371, 0.4040)  # RGB, in [0, 1]


class MeanShift(nn.Conv2D):
    """Adds `sign` times the DIV2K mean to an RGB image of the range 0..rgb_range.

    It is a frozen 1x1 convolution because the published checkpoints store it as one.
    """

    def __init__(self, *, rgb_range: float, sign: int) -> None:
        super().__init__(3, 3, 1)
        self.weight.set_value(np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1))
        self.bias.set_value(np.array(DIV2K_MEAN, dtype=np.float32) * rgb_range * sign)
        for parameter in self.parameters():
            parameter.stop_gradient = True
            parameter.trainable = False


def conv3x3(in_channels: int, out_channels: int, *, groups: int = 1) -> nn.Conv2D:
    """A 3x3 convolution that keeps the height and width."""
    return nn.Conv2D(in_channels, out_channels, 3, padding=1, groups=groups)


def shuffle_steps(scale: int) -> list[int]:
    """The pixel shuffles that make up a scale: [2, 2] for 4, [3] for 3, [2] for 2."""
    return [2, 2] if scale == 4 else [scale]


def freeze(network: nn.Layer) -> None:
    """Keep a network as it is: no gradients, and batch norm by its running statistics."""
    network.eval()
    for parameter in network.parameters():
        parameter.stop_gradient = True


def count_parameters(network: nn.Layer) -> int:
    """Number of values in weights and biases, the frozen mean shifts included.

    Paddle lists the running statistics of batch norm among the parameters; they are none.
    """
    statistics = {
        id(tensor)
        for layer in network.sublayers(include_self=True)
        if isinstance(layer, nn.BatchNorm2D)
        for tensor in (layer._mean, layer._variance)
    }
    return sum(int(p.size) for p in network.parameters() if id(p) not in statistics)
