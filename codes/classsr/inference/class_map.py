"""The class map: an image with its tiles tinted by class."""

from __future__ import annotations

import numpy as np

from classsr.inference.tiling import Tiling

SIMPLE, MEDIUM, HARD = (0, 170, 60), (245, 200, 0), (225, 30, 30)  # green, yellow, red
STRENGTH = 0.45  # of the tint


def class_colours(num_classes: int) -> np.ndarray:
    """RGB colours (num_classes, 3) from green over yellow to red."""
    places = np.linspace(0, 1, num_classes)
    anchors = np.array([SIMPLE, MEDIUM, HARD], dtype=np.float64)
    return np.stack([np.interp(places, [0, 0.5, 1], channel) for channel in anchors.T], axis=1)


def class_map(
    image: np.ndarray, tiling: Tiling, classes: np.ndarray, *, num_classes: int, scale: int = 1
) -> np.ndarray:
    """Tint each tile of an image; where tiles overlap, their tints mix.

    image: RGB (scale * h, scale * w, 3) on 0..255.
    classes: (N,), 0 the simplest, in the order of `tiling.origins`.
    Returns uint8 of the part of the image that the tiles cover.
    """
    height, width = tiling.covered
    colours = class_colours(num_classes)
    tint = np.zeros((height, width, 3))
    count = np.zeros((height, width, 1))
    for (top, left), label in zip(tiling.origins, classes, strict=True):
        place = np.s_[top : top + tiling.tile, left : left + tiling.tile]
        tint[place] += colours[label]
        count[place] += 1
    tint = (tint / count).repeat(scale, axis=0).repeat(scale, axis=1)
    height, width = (min(lengths) for lengths in zip(tint.shape[:2], image.shape[:2], strict=True))
    mixed = (1 - STRENGTH) * image[:height, :width] + STRENGTH * tint[:height, :width]
    return np.rint(mixed).astype(np.uint8)
