"""The values of a band as a network takes them, and back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from classsr.errors import ClassSRError

PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True)
class ValueRange:
    """The values that become 0 and 1; those outside are kept in proportion, see `excess`."""

    low: float
    high: float

    def to_unit(self, values: np.ndarray) -> np.ndarray:
        """Values as float32, 0 at `low` and 1 at `high`, not clipped."""
        span = self.high - self.low
        return ((values.astype(np.float64) - self.low) / span).astype(np.float32)


def parse_range(text: str) -> ValueRange:
    """Read `LOW,HIGH`."""
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        low = high = 0.0
    if not low < high:
        raise ClassSRError(f"range {text!r}: expected two rising numbers, as in --range 0,3000")
    return ValueRange(low, high)


def robust_range(values: np.ndarray) -> ValueRange:
    """From one percentile to another of valid values, of any shape."""
    if values.size == 0:
        return ValueRange(0, 1)
    low, high = (float(value) for value in np.percentile(values, PERCENTILES))
    return ValueRange(low, high if high > low else low + 1)


def excess(values: np.ndarray) -> np.ndarray:
    """What networks do not take: how far values lie below 0 or above 1."""
    return values - values.clip(0, 1)


def enlarge(rows: np.ndarray, *, scale: int) -> np.ndarray:
    """Rows (H, W) with one neighbour above and one below, bilinearly (scale * (H - 2), scale * W).

    Linear interpolation has no overshoot, so what is zero around stays zero.
    """
    height, width = rows.shape
    size = (scale * width, scale * height)
    return cv2.resize(rows, size, interpolation=cv2.INTER_LINEAR)[scale : scale * (height - 1)]
