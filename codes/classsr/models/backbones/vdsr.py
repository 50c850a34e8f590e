"""VDSR (Kim et al., CVPR 2016) on RGB, with the layer names of its common PyTorch port."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.models import init as initialise
from classsr.models.backbones.linear import enlarge_bicubic
from classsr.models.bounds import Depth, Width
from classsr.models.layers import Conv2D


class Step(nn.Layer):
    """A 3x3 convolution and ReLU."""

    def __init__(self, nf: int) -> None:
        super().__init__()
        self.conv = Conv2D(nf, nf, 3, padding=1, bias_attr=False)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return F.relu(self.conv(x))


class VDSR(nn.Layer):
    """A plain chain of 3x3 convolutions that corrects a bicubic enlargement.

    Every layer works on the size of the result. The original takes luma alone; here the first and
    the last convolution have three channels.

    nf: feature channels.
    nb: convolutions between the first and the last one.
    """

    def __init__(self, *, scale: int = 4, nf: Width = 64, nb: Depth = 18) -> None:
        super().__init__()
        self.scale = scale
        self.input = Conv2D(3, nf, 3, padding=1, bias_attr=False)
        self.residual_layer = nn.Sequential(*(Step(nf) for _ in range(nb)))
        self.output = Conv2D(nf, 3, 3, padding=1, bias_attr=False)
        initialise.kaiming(self.sublayers())

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        enlarged = enlarge_bicubic(lr, scale=self.scale)
        return enlarged + self.output(self.residual_layer(F.relu(self.input(enlarged))))
