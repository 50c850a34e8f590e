"""Building blocks that several backbones share."""

from __future__ import annotations

import copy

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

DIV2K_MEAN = (0.4488, 0.4371, 0.4040)  # RGB, in [0, 1]


class Conv2D(nn.Conv2D):
    """Paddle's convolution, with its bias added as (C, 1, 1).

    Paddle itself adds (1, C, 1, 1), for which its CPU kernels take a loop more than ten times
    slower.
    """

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """See `nn.Conv2D`; the values are the same."""
        y = F.conv2d(
            x,
            self.weight,
            stride=self._stride,
            padding=self._padding,
            dilation=self._dilation,
            groups=self._groups,
        )
        return y if self.bias is None else y + self.bias.reshape([-1, 1, 1])

    def deployed(self) -> nn.Layer:
        """Paddle's own form, which the optimisers of graphs recognise."""
        return as_paddles(self, nn.Conv2D)


def as_paddles(layer: nn.Layer, kind: type[nn.Layer]) -> nn.Layer:
    """A copy of a layer with the forward pass of `kind`, the class of Paddle that it extends."""
    plain = copy.copy(layer)
    plain.__class__ = kind
    return plain


def plain_convolution(
    weight: paddle.Tensor,
    bias: paddle.Tensor | None,
    *,
    padding: int = 0,
    kind: type[nn.Conv2D] = nn.Conv2D,
) -> nn.Conv2D:
    """A convolution with a given kernel (out, in, k, k) and bias (out,)."""
    out_channels, in_channels, *kernel = weight.shape
    bias_attr = None if bias is not None else False
    layer = kind(in_channels, out_channels, kernel, padding=padding, bias_attr=bias_attr)
    layer.weight.set_value(weight.detach())
    if bias is not None:
        layer.bias.set_value(bias.detach())
    return layer


class Conv2DTranspose(nn.Conv2DTranspose):
    """Paddle's transposed convolution, with its bias added as in `Conv2D`."""

    def forward(self, x: paddle.Tensor, output_size: list[int] | None = None) -> paddle.Tensor:
        """See `nn.Conv2DTranspose`; the values are the same."""
        y = F.conv2d_transpose(
            x,
            self.weight,
            stride=self._stride,
            padding=self._padding,
            output_padding=self.output_padding,
            output_size=output_size,
            dilation=self._dilation,
            groups=self._groups,
        )
        return y if self.bias is None else y + self.bias.reshape([-1, 1, 1])

    def deployed(self) -> nn.Layer:
        """Paddle's own form, as of `Conv2D`."""
        return as_paddles(self, nn.Conv2DTranspose)


class MeanShift(Conv2D):
    """Adds `sign` times the DIV2K mean to an RGB image of the range 0..rgb_range.

    It is a frozen 1x1 convolution because the published checkpoints store it as one.
    """

    def __init__(self, *, rgb_range: float, sign: int) -> None:
        super().__init__(3, 3, 1)
        self.weight.set_value(np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1))
        self.bias.set_value(np.array(DIV2K_MEAN, dtype=np.float32) * rgb_range * sign)
        for parameter in self.parameters():
            parameter.stop_gradient = True


def bilinear(lr: paddle.Tensor, *, scale: int) -> paddle.Tensor:
    """Enlarge RGB images (N, 3, H, W) as F.interpolate does, edges repeated.

    It is written as a fixed 3x3 convolution and a pixel shuffle, because paddle2onnx ends the
    process on an interpolation.
    """
    offsets = (np.arange(scale) + 0.5) / scale - 0.5  # of the new pixels from the old one
    taps = np.stack([-offsets, 1 - np.abs(offsets), offsets], axis=1).clip(min=0)
    kernel = np.einsum("ai,bj->abij", taps, taps).reshape(-1, 1, 3, 3)
    weight = paddle.to_tensor(np.tile(kernel, (3, 1, 1, 1)).astype(np.float32))
    padded = F.pad(lr, [1, 1, 1, 1], mode="replicate")
    return F.pixel_shuffle(F.conv2d(padded, weight, groups=3), scale)


def cubic(distance: np.ndarray) -> np.ndarray:
    """The kernel of bicubic interpolation (a = -0.5) at distances of 0 or more."""
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))


def nearest(lr: paddle.Tensor, *, scale: int) -> paddle.Tensor:
    """The sub-pixels (N, 3 * scale**2, H, W) of RGB images, each the value of its pixel.

    It is a fixed 1x1 convolution, which runtimes add to the one that it is a skip of.
    """
    kernel = np.repeat(np.eye(3, dtype=np.float32), scale**2, axis=0)
    return F.conv2d(lr, paddle.to_tensor(kernel[:, :, None, None]))


class PReLU(nn.PReLU):
    """Paddle's PReLU for each channel, as two ReLUs.

    Paddle's own CPU kernels take three times as long.
    """

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """See `nn.PReLU`; the values are the same."""
        return F.relu(x) - self._weight.reshape([-1, 1, 1]) * F.relu(-x)

    def deployed(self) -> nn.Layer:
        """Paddle's own form, which the optimisers of graphs recognise."""
        return as_paddles(self, nn.PReLU)


class LeakyReLU(nn.LeakyReLU):
    """Paddle's leaky ReLU."""

    def deployed(self) -> nn.Layer:
        """A PReLU of the same slope, because paddle2onnx loses that of a leaky one."""
        return nn.PReLU(init=self._negative_slope)


def conv3x3(in_channels: int, out_channels: int, *, groups: int = 1) -> Conv2D:
    """A 3x3 convolution that keeps the height and width."""
    return Conv2D(in_channels, out_channels, 3, padding=1, groups=groups)


def shuffle_steps(scale: int) -> list[int]:
    """The pixel shuffles that make up a scale: [2, 2] for 4, [3] for 3, [2] for 2."""
    return [2, 2] if scale == 4 else [scale]


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
