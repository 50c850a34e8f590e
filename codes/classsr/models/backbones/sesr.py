"""SESR (Bhardwaj et al., MLSys 2022): a chain of 3x3 convolutions, trained as linear blocks."""

from __future__ import annotations

from typing import Any

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.models.bounds import Depth, Width
from classsr.models.collapsible import LinearBlock
from classsr.models.layers import Conv2D, PReLU, nearest

ENTRY = 5  # side of the first kernel
BODY_GAIN = 0.3  # of a residual block beside its identity, in the beginning
EXIT_GAIN = 0.1


class SESR(nn.Layer):
    """A 5x5 convolution, m 3x3 convolutions with PReLU, one to the sub-pixels, and two skips.

    Other than in the paper, no layer has a bias and the first kernel sums to 0, so that an image
    of one colour keeps it: its features are 0, and the result is its nearest neighbour.  The image
    is continued by its edge pixels.

    m: 3x3 layers; f: their channels.
    expansion: channels inside a linear block in training.
    collapsed: hold plain convolutions, as `collapsible.collapsed` makes them of trained blocks.
    """

    def __init__(
        self,
        *,
        scale: int = 4,
        m: Depth = 5,
        f: Width = 16,
        expansion: Width = 256,
        collapsed: bool = False,
    ) -> None:
        super().__init__()
        self.scale = scale

        def layer(
            inputs: int, outputs: int, kernel: int, *, padding: int = 1, **block: Any
        ) -> nn.Layer:
            if collapsed:
                return Conv2D(inputs, outputs, kernel, padding=padding, bias_attr=False)
            return LinearBlock(
                inputs, outputs, kernel, padding=padding, expansion=expansion, **block
            )

        self.entry = nn.Sequential(layer(3, f, ENTRY, padding=0, zero_sum=True), PReLU(f))
        self.body = nn.Sequential(
            *(
                nn.Sequential(layer(f, f, 3, gain=BODY_GAIN, residual=True), PReLU(f))
                for _ in range(m)
            )
        )
        self.exit = layer(f, 3 * scale**2, 3, gain=EXIT_GAIN)

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        x = self.entry(F.pad(lr, [ENTRY // 2] * 4, mode="replicate"))
        x = self.exit(self.body(x) + x)
        return F.pixel_shuffle(x + nearest(lr, scale=self.scale), self.scale)
