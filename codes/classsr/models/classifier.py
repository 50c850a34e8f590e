"""The patch classifier of ClassSR (Kong et al., CVPR 2021, section 3.2)."""

from __future__ import annotations

from typing import Literal

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.models import init as initialise
from classsr.models.layers import Conv2D, LeakyReLU

PATCH = 4  # LR pixels on each side of the squares that it looks at one by one


class Classifier(nn.Layer):
    """Judges how hard a tile is to restore: five convolutions, a mean over the tile, a Linear.

    num_classes: number of branches to choose from.
    init: "published" draws the convolutions from Kaiming normal times 0.1; "kaiming" leaves the
        factor out, from which the classifier learns to tell tiles apart much sooner.
    """

    def __init__(
        self, *, num_classes: int = 3, init: Literal["published", "kaiming"] = "published"
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(
            Conv2D(3, 128, PATCH, stride=PATCH),
            LeakyReLU(0.1),
            Conv2D(128, 128, 1),
            LeakyReLU(0.1),
            Conv2D(128, 128, 1),
            LeakyReLU(0.1),
            Conv2D(128, 128, 1),
            LeakyReLU(0.1),
            Conv2D(128, 32, 1),
        )
        self.head = nn.Linear(32, num_classes)
        initialise.kaiming(self.features, scale=0.1 if init == "published" else 1.0)
        initialise.uniform([self.head])

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Logits (N, num_classes) of tiles (N, 3, H, W) in [0, 1]; H and W at least `PATCH`.

        In a graph the Linear comes before the mean, with the same result, as a convolution: CPUs
        take as long for its few products as for a whole layer before it.
        """
        features = self.features(lr)
        if paddle.in_dynamic_mode():
            return self.head(features.mean(axis=[2, 3]))
        kernel = self.head.weight.transpose([1, 0]).unsqueeze([2, 3])
        return F.conv2d(features, kernel, self.head.bias).mean(axis=[2, 3])

    def of_patches(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Logits of the patches (N, H / PATCH, W / PATCH, num_classes); a tile's are their mean."""
        return self.head(self.features(lr).transpose([0, 2, 3, 1]))
