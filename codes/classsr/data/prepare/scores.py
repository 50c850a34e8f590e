"""How hard a sub-image is: the PSNR that a restoration of it reaches, and classes from that."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from classsr.images.resize import imresize

# A restorer takes LR sub-images (n x h x w x 3, uint8) and gives SR of `scale` times the size.
Restorer = Callable[[np.ndarray], np.ndarray]

CLASS_NAMES = ("simple", "medium", "hard")


def bicubic_restorer(scale: int) -> Restorer:
    """The restorer that needs no training."""

    def restore(lr: np.ndarray) -> np.ndarray:
        n, height, width, channels = lr.shape
        # imresize takes any number of channels, so the sub-images pass side by side in them.
        stacked = lr.transpose(1, 2, 0, 3).reshape(height, width, n * channels)
        sr = imresize(stacked, scale=scale)
        return sr.reshape(*sr.shape[:2], n, channels).transpose(2, 0, 1, 3)

    return restore


def psnr_of_each(sr: np.ndarray, hr: np.ndarray, *, border: int) -> np.ndarray:
    """PSNR in dB of every 8-bit RGB image of two stacks (n x H x W x 3), `border` pixels cut off.

    Equal images score infinity.
    """
    inner = slice(border, -border)
    error = sr[:, inner, inner].astype(np.float32) - hr[:, inner, inner]
    # Squares of 8-bit values are integers, exact in float64 whatever the order they are summed in.
    mse = np.square(error).sum(axis=(1, 2, 3), dtype=np.float64) / error[0].size
    with np.errstate(divide="ignore"):
        return 10 * np.log10(255**2 / mse)


def tercile_classes(scores: np.ndarray) -> np.ndarray:
    """Class of every score (0 the simplest, with the highest PSNR), a third of them in each.

    Equal scores at a border are split in their order, so that the thirds hold within one.
    """
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return (ranks * 3 // max(len(scores), 1)).astype(np.uint8)


def threshold_classes(scores: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Class of every score: below thresholds[0] dB is hard, at or above the last is simple."""
    return (len(thresholds) - np.searchsorted(thresholds, scores, side="right")).astype(np.uint8)
