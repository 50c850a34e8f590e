"""The channels of an image array: grey, RGB, and alpha behind either."""

from __future__ import annotations

import numpy as np


def split_alpha(image: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Part (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) into grey or RGB, and alpha.

    Returns (H, W) or (H, W, 3), and alpha (H, W) or None.
    """
    if image.ndim == 2 or image.shape[2] == 3:
        return image, None
    colours = image[:, :, :-1]
    return colours[:, :, 0] if colours.shape[2] == 1 else colours, image[:, :, -1]


def join_alpha(colours: np.ndarray, alpha: np.ndarray | None = None) -> np.ndarray:
    """Put together what `split_alpha` parted."""
    return colours if alpha is None else np.dstack([colours, alpha])


def to_rgb(colours: np.ndarray) -> np.ndarray:
    """Grey (H, W) as three equal channels; RGB (H, W, 3) as it is."""
    return np.repeat(colours[:, :, None], 3, axis=2) if colours.ndim == 2 else colours


def luma(image: np.ndarray) -> np.ndarray:
    """The Y channel of ITU-R BT.601 as MATLAB's rgb2ycbcr gives it: float32 (H, W) on 16..235."""
    weights = np.array([65.481, 128.553, 24.966], dtype=np.float32) / 255
    return image.astype(np.float32) @ weights + np.float32(16)
