"""Tiles of integers as networks take them, and what networks give as integers."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from classsr.arrays import IntegerImage, Planes, UInt8Image
from classsr.images.rgb import to_float


def to_batch(tiles: IntegerImage | Planes) -> Planes:
    """Tiles (N, H, W, 3) as network input, float32 (N, 3, H, W) in [0, 1]."""
    return np.ascontiguousarray(to_float(tiles).transpose(0, 3, 1, 2))


def to_uint8(restored: Planes) -> UInt8Image:
    """Network output (N, 3, H, W) in [0, 1] clipped and rounded to uint8 (N, H, W, 3).

    The input is used up: each step works in place, because they take as long as a small network.
    The result keeps its layout in memory, plane by plane.
    """
    restored *= 255
    np.rint(restored, out=restored)
    np.clip(restored, 0, 255, out=restored)
    return restored.astype(np.uint8).transpose(0, 2, 3, 1)


def interleaved(subpixels: NDArray[np.uint8]) -> UInt8Image:
    """Planes of sub-pixels, uint8 (N, 3 * s**2, H, W), as images (N, s * H, s * W, 3).

    The channels are ordered as a pixel shuffle takes them: colour, row, column.  OpenCV's merge
    does it several times as fast as a transposition of single bytes.
    """
    number, channels, height, width = subpixels.shape
    scale = math.isqrt(channels // 3)
    planes = np.ascontiguousarray(subpixels.swapaxes(0, 1))  # all images side by side
    planes = planes.reshape(3, scale, scale, number * height, width)
    images = np.empty((number, scale * height, scale * width, 3), dtype=np.uint8)
    rows = images.reshape(number * height, scale, scale * width, 3)
    for row in range(scale):
        colours = [cv2.merge(columns[row]).reshape(len(rows), -1) for columns in planes]
        rows[:, row] = cv2.merge(colours)
    return images
