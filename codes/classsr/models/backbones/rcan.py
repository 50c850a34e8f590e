"""RCAN (Zhang et al., ECCV 2018) with its published layer names."""

from __future__ import annotations

import paddle
from paddle import nn

from classsr.errors import ClassSRError
from classsr.models import init as initialise
from classsr.models.bounds import Depth, Range, Width
from classsr.models.layers import Conv2D, MeanShift, conv3x3, shuffle_steps


class ChannelAttention(nn.Layer):
    """Scales every channel by a gate computed from the channels' means."""

    def __init__(self, *, n_feats: int, reduction: int) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2D(1)
        self.conv_du = nn.Sequential(
            Conv2D(n_feats, n_feats // reduction, 1),
            nn.ReLU(),
            Conv2D(n_feats // reduction, n_feats, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return x * self.conv_du(self.avg_pool(x))


class Skip(nn.Layer):
    """A sequence of layers with its input added to its output."""

    def __init__(self, *layers: nn.Layer) -> None:
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.body(x) + x


def attention_block(*, n_feats: int, reduction: int) -> Skip:
    """The residual channel attention block (RCAB)."""
    return Skip(
        conv3x3(n_feats, n_feats),
        nn.ReLU(),
        conv3x3(n_feats, n_feats),
        ChannelAttention(n_feats=n_feats, reduction=reduction),
    )


class RCAN(nn.Layer):
    """Residual groups of residual channel attention blocks.

    n_feats: feature channels; 36, 50 and 64 are ClassSR's simple, medium and hard branch.
    n_resgroups, n_resblocks: groups, and blocks in a group.
    reduction: n_feats // reduction channels in the attention; reduction <= n_feats.
    rgb_range: the published weights work on images of 0..255.
    """

    def __init__(
        self,
        *,
        scale: int = 4,
        n_feats: Width = 64,
        n_resgroups: Depth = 10,
        n_resblocks: Depth = 20,
        reduction: Width = 16,
        rgb_range: Range = 255.0,
    ) -> None:
        super().__init__()
        if reduction > n_feats:
            raise ClassSRError(f"RCAN: reduction {reduction} exceeds n_feats {n_feats}")
        self.scale = scale
        self.rgb_range = rgb_range
        self.sub_mean = MeanShift(rgb_range=rgb_range, sign=-1)
        self.add_mean = MeanShift(rgb_range=rgb_range, sign=1)
        self.head = nn.Sequential(conv3x3(3, n_feats))
        groups = [
            Skip(
                *(
                    attention_block(n_feats=n_feats, reduction=reduction)
                    for _ in range(n_resblocks)
                ),
                conv3x3(n_feats, n_feats),
            )
            for _ in range(n_resgroups)
        ]
        self.body = nn.Sequential(*groups, conv3x3(n_feats, n_feats))
        upsample = [
            layer
            for step in shuffle_steps(scale)
            for layer in (conv3x3(n_feats, n_feats * step**2), nn.PixelShuffle(step))
        ]
        self.tail = nn.Sequential(nn.Sequential(*upsample), conv3x3(n_feats, 3))
        initialise.uniform(self.sublayers())

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        x = self.head(self.sub_mean(lr * self.rgb_range))
        x = self.tail(self.body(x) + x)
        return self.add_mean(x) / self.rgb_range
