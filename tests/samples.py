"""Images and a classifier that several tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paddle

from classsr.images.resize import imresize
from classsr.images.rgb import write_image
from classsr.models.classifier import Classifier
from classsr.models.classsr import ClassSR
from classsr.models.spec import create


def photograph(height: int, width: int, *, seed: int = 0) -> np.ndarray:
    """A smooth random RGB image with an edge and some noise, uint8."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (max(height // 16, 4), max(width // 16, 4), 3), dtype=np.uint8)
    image = imresize(coarse, size=(height, width))
    image[:, width // 2 :] //= 2
    noise = rng.integers(0, 20, image.shape, dtype=np.uint8)
    return np.minimum(image, 235) + noise


def write_pairs(folder: Path, *, lr_sizes: list[tuple[int, int]], scale: int = 4) -> Path:
    """Write folder/GT and folder/LR with one pair for each LR size (height, width)."""
    for number, (height, width) in enumerate(lr_sizes):
        hr = photograph(height * scale, width * scale, seed=number)
        write_image(folder / "GT" / f"{number:04}.png", hr)
        write_image(folder / "LR" / f"{number:04}.png", imresize(hr, scale=1 / scale))
    return folder


def routed_by_brightness(spec: dict[str, object]) -> ClassSR:
    """A ClassSR of three branches whose classifier is known."""
    paddle.seed(0)
    network = create(spec, scale=4)
    network.classifier = ByBrightness(num_classes=3)
    network.eval()
    return network


class ByBrightness(Classifier):
    """A classifier whose class is known: dark tiles 0, bright tiles the last."""

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        levels = lr.mean(axis=[1, 2, 3]).reshape([-1, 1])
        centres = paddle.linspace(0, 1, self.head.weight.shape[1]).reshape([1, -1])
        return -((levels - centres) ** 2)
