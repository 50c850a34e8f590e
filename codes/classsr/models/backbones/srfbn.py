"""SRFBN (Li et al., CVPR 2019) with its published layer names; the defaults are SRFBN-S."""

from __future__ import annotations

import paddle
from paddle import nn

from classsr.models import init as initialise
from classsr.models.bounds import Depth, Range, Width
from classsr.models.layers import Conv2D, Conv2DTranspose, MeanShift, bilinear, conv3x3

KERNELS = {2: (6, 2), 3: (7, 2), 4: (8, 2)}  # by scale: kernel and padding of projections


def projection(kind: type[nn.Layer], m: int, *, scale: int) -> nn.Sequential:
    """A convolution that shrinks, or a transposed one that enlarges, `scale` times, and PReLU."""
    kernel, padding = KERNELS[scale]
    return nn.Sequential(kind(m, m, kernel, stride=scale, padding=padding), _prelu())


def mix(in_channels: int, out_channels: int) -> nn.Sequential:
    """A 1x1 convolution and PReLU."""
    return nn.Sequential(Conv2D(in_channels, out_channels, 1), _prelu())


def _prelu() -> nn.PReLU:
    return nn.PReLU(init=0.2)


class Feedback(nn.Layer):
    """Groups of projections up and down, densely connected, that get their own result back."""

    def __init__(self, *, m: int, groups: int, scale: int) -> None:
        super().__init__()
        later = range(2, groups + 1)
        self.compress_in = mix(2 * m, m)
        self.upBlocks = nn.LayerList(
            [projection(Conv2DTranspose, m, scale=scale) for _ in range(groups)]
        )
        self.downBlocks = nn.LayerList([projection(Conv2D, m, scale=scale) for _ in range(groups)])
        self.uptranBlocks = nn.LayerList([mix(n * m, m) for n in later])
        self.downtranBlocks = nn.LayerList([mix(n * m, m) for n in later])
        self.compress_out = mix(groups * m, m)

    def forward(self, x: paddle.Tensor, hidden: paddle.Tensor) -> paddle.Tensor:
        """Features (N, m, H, W) from those of the image and of the step before."""
        small, large = [self.compress_in(paddle.concat([x, hidden], axis=1))], []
        for index, (up, down) in enumerate(zip(self.upBlocks, self.downBlocks, strict=True)):
            down_in = paddle.concat(small, axis=1)
            large.append(up(self.uptranBlocks[index - 1](down_in) if index else down_in))
            up_in = paddle.concat(large, axis=1)
            small.append(down(self.downtranBlocks[index - 1](up_in) if index else up_in))
        return self.compress_out(paddle.concat(small[1:], axis=1))


class SRFBN(nn.Layer):
    """A block that runs several times and gets its own result back.

    The result is computed from the last run alone; the original trains on those of all runs.

    m: feature channels.
    groups: pairs of projections in the block.
    steps: runs of the block.
    rgb_range: the published weights work on images of 0..255.
    """

    def __init__(
        self,
        *,
        scale: int = 4,
        m: Width = 32,
        groups: Depth = 3,
        steps: Depth = 4,
        rgb_range: Range = 255.0,
    ) -> None:
        super().__init__()
        self.scale = scale
        self.steps = steps
        self.rgb_range = rgb_range
        self.sub_mean = MeanShift(rgb_range=rgb_range, sign=-1)
        self.add_mean = MeanShift(rgb_range=rgb_range, sign=1)
        self.conv_in = nn.Sequential(conv3x3(3, 4 * m), _prelu())
        self.feat_in = mix(4 * m, m)
        self.block = Feedback(m=m, groups=groups, scale=scale)
        self.out = projection(Conv2DTranspose, m, scale=scale)
        self.conv_out = nn.Sequential(conv3x3(m, 3))
        initialise.uniform(self.sublayers())

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        x = self.sub_mean(lr * self.rgb_range)
        features = hidden = self.feat_in(self.conv_in(x))
        for _ in range(self.steps):
            hidden = self.block(features, hidden)
        sr = bilinear(x, scale=self.scale) + self.conv_out(self.out(hidden))
        return self.add_mean(sr) / self.rgb_range
