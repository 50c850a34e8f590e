"""Tiles of integers as networks take them, and what networks give as integers."""

from __future__ import annotations

import numpy as np

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
