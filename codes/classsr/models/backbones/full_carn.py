"""CARN (Ahn et al., ECCV 2018), the full network, with its published layer names.

ClassSR uses its mobile variant, CARN-M, which is `CARN` here.
"""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.models import init as initialise
from classsr.models.backbones.carn import Upsample, cascade
from classsr.models.bounds import Width
from classsr.models.layers import Conv2D, MeanShift, conv3x3

SCALES = (2, 3, 4)  # of the network for several


class Fusion(nn.Layer):
    """The 1x1 convolution that fuses concatenated features."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(Conv2D(in_channels, out_channels, 1), nn.ReLU())

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.body(x)


class Residual(nn.Layer):
    """Two 3x3 convolutions with their input added."""

    def __init__(self, nf: int) -> None:
        super().__init__()
        self.body = nn.Sequential(conv3x3(nf, nf), nn.ReLU(), conv3x3(nf, nf))

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return F.relu(self.body(x) + x)


class Cascade(nn.Layer):
    """Three residual blocks, or three of these; every fusion sees all earlier results."""

    def __init__(self, *, nf: int, blocks: list[nn.Layer]) -> None:
        super().__init__()
        self.b1, self.b2, self.b3 = blocks
        self.c1, self.c2, self.c3 = (Fusion(nf * n, nf) for n in (2, 3, 4))

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return cascade(x, steps=[(self.b1, self.c1), (self.b2, self.c2), (self.b3, self.c3)])


class FullCARN(Cascade):
    """Cascade of three cascades of residual blocks.

    nf: feature channels.
    multi_scale: hold upsamplers to all scales, as the published weights do, and run that of
        `scale`.
    """

    def __init__(self, *, scale: int = 4, nf: Width = 64, multi_scale: bool = False) -> None:
        super().__init__(
            nf=nf, blocks=[Cascade(nf=nf, blocks=[Residual(nf) for _ in "123"]) for _ in "123"]
        )
        self.scale = scale
        self.sub_mean = MeanShift(rgb_range=1.0, sign=-1)
        self.add_mean = MeanShift(rgb_range=1.0, sign=1)
        self.entry = conv3x3(3, nf)
        self.upsample = nn.Layer()
        scales = {f"up{s}": s for s in SCALES} if multi_scale else {"up": scale}
        for name, s in scales.items():
            self.upsample.add_sublayer(name, Upsample(nf=nf, scale=s))
        self.used = f"up{scale}" if multi_scale else "up"
        self.exit = conv3x3(nf, 3)
        initialise.uniform(self.sublayers())

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        x = super().forward(self.entry(self.sub_mean(lr)))
        return self.add_mean(self.exit(getattr(self.upsample, self.used)(x)))
