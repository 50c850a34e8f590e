"""SRResNet without batch norm (MSRResNet of BasicSR), with its published layer names."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.models import init as initialise
from classsr.models.bounds import Depth, Width
from classsr.models.layers import LeakyReLU, bilinear, conv3x3, shuffle_steps


class Residual(nn.Layer):
    """Two 3x3 convolutions around a skip connection."""

    def __init__(self, *, nf: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(nf, nf)
        self.conv2 = conv3x3(nf, nf)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return x + self.conv2(F.relu(self.conv1(x)))


class SRResNet(nn.Layer):
    """Residual trunk, pixel shuffles, and a bilinear skip from input to output.

    nf: feature channels; 36, 52 and 64 are ClassSR's simple, medium and hard branch.
    nb: residual blocks.
    """

    def __init__(self, *, scale: int = 4, nf: Width = 64, nb: Depth = 16) -> None:
        super().__init__()
        self.scale = scale
        self.steps = shuffle_steps(scale)
        self.activation = LeakyReLU(0.1)
        self.conv_first = conv3x3(3, nf)
        self.recon_trunk = nn.Sequential(*(Residual(nf=nf) for _ in range(nb)))
        for number, step in enumerate(self.steps, start=1):
            self.add_sublayer(f"upconv{number}", conv3x3(nf, nf * step**2))
        self.HRconv = conv3x3(nf, nf)
        self.conv_last = conv3x3(nf, 3)
        initialise.kaiming(self.sublayers(), scale=0.1)

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        x = self.recon_trunk(self.activation(self.conv_first(lr)))
        for number, step in enumerate(self.steps, start=1):
            upconv = getattr(self, f"upconv{number}")
            x = self.activation(F.pixel_shuffle(upconv(x), step))
        x = self.conv_last(self.activation(self.HRconv(x)))
        return x + bilinear(lr, scale=self.scale)
