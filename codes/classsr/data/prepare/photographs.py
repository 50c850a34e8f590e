"""From a photograph to HR and LR: the pixel recipes of training and test sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from classsr.errors import ClassSRError
from classsr.images.channels import to_8_bit
from classsr.images.resize import imresize
from classsr.images.rgb import read_image

# "matlab": the recipe of the common test sets. "original": the one of the original ClassSR
# scripts, which mirrors the edges and rounds once at the end.
Recipe = Literal["matlab", "original"]


def read_photograph(path: Path) -> np.ndarray:
    """Read an image as 8-bit RGB."""
    return to_8_bit(read_image(path))


def check_image(path: Path, *, smallest: int) -> str:
    """Raise ClassSRError where a set cannot be made from a file; else say what it is taken as.

    smallest: the side in pixels of a sub-image. The answer is empty for an ordinary photograph.
    """
    image = read_image(path)
    height, width = image.shape[:2]
    if min(height, width) < smallest:
        raise ClassSRError(
            f"{path}: expected at least {smallest}x{smallest} pixels, one sub-image, "
            f"found {width}x{height}; remove it from the folder"
        )
    if image.dtype != np.uint8:
        return f"{path}: holds 16 bits per value; they are rounded to 8"
    if (image == image[:, :, :1]).all():
        return f"{path}: is grey; it is taken as three equal channels"
    return ""


def select(paths: Mapping[str, Path], stems: Sequence[str], folder: Path) -> dict[str, Path]:
    """The paths of the given stems; ClassSRError names what is missing."""
    missing = [stem for stem in stems if stem not in paths]
    if missing:
        raise ClassSRError(
            f"{folder}: expected the images {stems[0]} to {stems[-1]}, "
            f"{missing[0]} is missing ({len(missing)} in all); download them or check the folder"
        )
    return {stem: paths[stem] for stem in stems}


def scaled_name(stem: str, factor: float) -> str:
    """The name of a photograph at a factor, as the original scripts give it: `0.9_0001`."""
    return stem if factor == 1 else f"{factor:g}_{stem}"


def resized(
    image: np.ndarray,
    *,
    recipe: Recipe,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
) -> np.ndarray:
    """Resize an 8-bit image under one of the two recipes; see `imresize` for scale and size."""
    if recipe == "matlab":
        return imresize(image, scale=scale, size=size)
    exact = imresize(image.astype(np.float32), scale=scale, size=size, edges="mirror")
    return (exact + 0.5).clip(0, 255).astype(np.uint8)


def fitted(image: np.ndarray, *, long_side: int, recipe: Recipe) -> np.ndarray:
    """Shrink an image to at most `long_side` pixels on its long side; smaller ones stay."""
    longest = max(image.shape[:2])
    if longest <= long_side:
        return image
    height, width = (round(length * long_side / longest) for length in image.shape[:2])
    return resized(image, size=(height, width), recipe=recipe)


def make_pair(image: np.ndarray, *, scale: int, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """The LR and HR of an image, cropped at the right and bottom to a multiple of the scale."""
    height, width = (length // scale * scale for length in image.shape[:2])
    hr = image[:height, :width]
    return resized(hr, scale=1 / scale, recipe=recipe), hr
