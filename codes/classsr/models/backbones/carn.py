"""CARN-M (Ahn et al., ECCV 2018) as ClassSR uses it, with its published layer names."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.errors import ClassSRError
from classsr.models import init as initialise
from classsr.models.bounds import Width
from classsr.models.layers import Conv2D, MeanShift, conv3x3, shuffle_steps


def fuse(in_channels: int, out_channels: int) -> nn.Sequential:
    """The 1x1 convolution with batch norm that fuses concatenated features."""
    return nn.Sequential(
        Conv2D(in_channels, out_channels, 1, bias_attr=False),
        nn.BatchNorm2D(out_channels),
        nn.ReLU(),
    )


class EfficientResidual(nn.Layer):
    """Residual block of two grouped 3x3 convolutions and a 1x1 convolution."""

    def __init__(self, *, nf: int, group: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv3x3(nf, nf, groups=group),
            nn.ReLU(),
            conv3x3(nf, nf, groups=group),
            nn.ReLU(),
            Conv2D(nf, nf, 1),
        )

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return F.relu(self.body(x) + x)


class Cascade(nn.Layer):
    """One residual block applied three times; every step sees all earlier results.

    The mobile variant shares the weights of its three residual blocks.
    """

    def __init__(self, *, nf: int, group: int) -> None:
        super().__init__()
        self.b1 = EfficientResidual(nf=nf, group=group)
        self.c1 = fuse(nf * 2, nf)
        self.c2 = fuse(nf * 3, nf)
        self.c3 = fuse(nf * 4, nf)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return cascade(x, steps=[(self.b1, self.c1), (self.b1, self.c2), (self.b1, self.c3)])


def cascade(x: paddle.Tensor, *, steps: list[tuple[nn.Layer, nn.Layer]]) -> paddle.Tensor:
    """Apply (block, fusion) pairs; each fusion reads the input and all block results so far."""
    features = x
    for block, fusion in steps:
        features = paddle.concat([features, block(x)], axis=1)
        x = fusion(features)
    return x


class Upsample(nn.Layer):
    """Convolutions and pixel shuffles to one scale."""

    def __init__(self, *, nf: int, scale: int, group: int = 1) -> None:
        super().__init__()
        layers: list[nn.Layer] = []
        for step in shuffle_steps(scale):
            convolution = conv3x3(nf, nf * step**2, groups=group)
            layers += [convolution, nn.ReLU(), nn.PixelShuffle(step)]
        self.body = nn.Sequential(*layers)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.body(x)


class CARN(nn.Layer):
    """Cascade of three cascades of grouped residual blocks.

    nf: feature channels; 36, 52 and 64 are ClassSR's simple, medium and hard branch.
    group: groups of the 3x3 convolutions; nf is a multiple of it.
    """

    def __init__(self, *, scale: int = 4, nf: Width = 64, group: Width = 4) -> None:
        super().__init__()
        if nf % group:
            raise ClassSRError(f"CARN: nf {nf} is no multiple of group {group}")
        self.scale = scale
        self.sub_mean = MeanShift(rgb_range=1.0, sign=-1)
        self.add_mean = MeanShift(rgb_range=1.0, sign=1)
        self.entry = conv3x3(3, nf)
        self.b1 = Cascade(nf=nf, group=group)
        self.b2 = Cascade(nf=nf, group=group)
        self.b3 = Cascade(nf=nf, group=group)
        self.c1 = fuse(nf * 2, nf)
        self.c2 = fuse(nf * 3, nf)
        self.c3 = fuse(nf * 4, nf)
        self.upsample = nn.Layer()  # the nesting is that of the published names
        self.upsample.up = Upsample(nf=nf, scale=scale, group=group)
        self.exit = conv3x3(nf, 3)
        initialise.uniform(self.sublayers())

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        x = self.entry(self.sub_mean(lr))
        x = cascade(x, steps=[(self.b1, self.c1), (self.b2, self.c2), (self.b3, self.c3)])
        return self.add_mean(self.exit(self.upsample.up(x)))
