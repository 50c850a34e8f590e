"""The class map: an image with its tiles tinted by class."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from classsr.images.channels import luma
from classsr.inference.tile_grid import Tiling

SIMPLE, MEDIUM, HARD = (0, 170, 60), (245, 200, 0), (225, 30, 30)  # green, yellow, red
STRENGTH = 0.45  # of the tint
LEGEND = 24  # height of the legend in pixels


def class_colours(num_classes: int) -> np.ndarray:
    """RGB colours (num_classes, 3) from green over yellow to red."""
    places = np.linspace(0, 1, num_classes)
    anchors = np.array([SIMPLE, MEDIUM, HARD], dtype=np.float64)
    return np.stack([np.interp(places, [0, 0.5, 1], channel) for channel in anchors.T], axis=1)


def class_map(
    image: np.ndarray, tiling: Tiling, classes: np.ndarray, *, num_classes: int, scale: int = 1
) -> np.ndarray:
    """Tint each tile of an image, turned to light grey; where tiles overlap, their tints mix.

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
    grey = 128 + luma(image[:height, :width])[:, :, None] / 2  # its own colours would mislead
    mixed = (1 - STRENGTH) * grey + STRENGTH * tint[:height, :width]
    return np.rint(mixed).astype(np.uint8)


def with_legend(image: np.ndarray, *, num_classes: int) -> np.ndarray:
    """A class map (H, W, 3), uint8, above a white strip that names its colours."""
    strip = Image.new("RGB", (image.shape[1], LEGEND), "white")
    draw = ImageDraw.Draw(strip)
    font = ImageFont.load_default(LEGEND // 2)
    left = LEGEND // 3
    for number, colour in enumerate(class_colours(num_classes).round().astype(int), start=1):
        end = {1: " simple", num_classes: " hard"}.get(number, "") if num_classes > 1 else ""
        square = (left, LEGEND // 3, left + LEGEND // 3, 2 * LEGEND // 3)
        draw.rectangle(square, fill=tuple(colour.tolist()))
        draw.text((left + LEGEND // 2, LEGEND // 5), f"{number}{end}", fill="black", font=font)
        left += LEGEND + int(draw.textlength(f"{number}{end}", font=font))
    return np.concatenate([image, np.asarray(strip)])
