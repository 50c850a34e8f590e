"""The patch classifier of ClassSR (Kong et al., CVPR 2021, section 3.2)."""

from __future__ import annotations

from typing import Literal

import paddle
from paddle import nn

from classsr.models import init as initialise
from classsr.models.bounds import Width
from classsr.models.layers import Conv2D, LeakyReLU, plain_convolution

PATCH = 4  # LR pixels on each side of the squares that it looks at one by one


class Classifier(nn.Layer):
    """Says how hard a tile is to restore: five convolutions, a mean over the tile, a Linear.

    num_classes: number of branches to choose from.
    width: channels of the convolutions; the FLOPs grow with its square.
    init: "published" draws the convolutions from Kaiming normal times 0.1; "kaiming" leaves the
        factor out, from which the classifier learns to tell tiles apart much sooner.
    """

    def __init__(
        self,
        *,
        num_classes: int = 3,
        width: Width = 128,
        init: Literal["published", "kaiming"] = "published",
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(
            Conv2D(3, width, PATCH, stride=PATCH),
            LeakyReLU(0.1),
            Conv2D(width, width, 1),
            LeakyReLU(0.1),
            Conv2D(width, width, 1),
            LeakyReLU(0.1),
            Conv2D(width, width, 1),
            LeakyReLU(0.1),
            Conv2D(width, 32, 1),
        )
        self.head = nn.Linear(32, num_classes)
        initialise.kaiming(self.features, scale=0.1 if init == "published" else 1.0)
        initialise.uniform([self.head])

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Logits (N, num_classes) of tiles (N, 3, H, W) in [0, 1]; H and W at least `PATCH`."""
        return self.head(self.features(lr).mean(axis=[2, 3]))

    def deployed(self) -> nn.Layer:
        """The last convolution and the Linear as one convolution before the mean.

        Nothing lies between them but that mean, so the result is the same. CPUs take as long for
        the Linear's few products as for a whole layer before it.
        """
        *features, last = self.features
        to_classes = self.head.weight.transpose([1, 0])
        kernel = to_classes @ last.weight.flatten(1)
        bias = to_classes @ last.bias.flatten() + self.head.bias
        head = plain_convolution(kernel.unsqueeze([2, 3]), bias)
        return nn.Sequential(*features, head, nn.AdaptiveAvgPool2D(1), nn.Flatten())

    def of_patches(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Logits of the patches (N, H / PATCH, W / PATCH, num_classes); a tile's are their mean."""
        return self.head(self.features(lr).transpose([0, 2, 3, 1]))
