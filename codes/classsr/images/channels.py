"""The channels of an image array: grey, RGB, and alpha behind either."""

from __future__ import annotations

import cv2
import numpy as np


def split_alpha(image: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Split (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) into grey or RGB, and alpha.

    Returns (H, W) or (H, W, 3), and alpha (H, W) or None.
    """
    if image.ndim == 2 or image.shape[2] == 3:
        return image, None
    colours = image[:, :, :-1]
    return colours[:, :, 0] if colours.shape[2] == 1 else colours, image[:, :, -1]


def fill_hidden(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours (H, W) or (H, W, 3) where hidden pixels have that of the nearest visible one.

    A pixel is hidden where its alpha (H, W) is 0. What such pixels hold is left over from
    drawing, and networks would mix it into visible edges. Where all are hidden, they become 0.
    """
    is_hidden = alpha == 0
    if not is_hidden.any():
        return colours
    if is_hidden.all():
        return np.zeros_like(colours)
    _, nearest = cv2.distanceTransformWithLabels(
        is_hidden.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )  # every visible pixel has a label of its own
    by_label = np.empty((nearest.max() + 1, *colours.shape[2:]), dtype=colours.dtype)
    by_label[nearest[~is_hidden]] = colours[~is_hidden]
    return by_label[nearest]


def join_alpha(colours: np.ndarray, alpha: np.ndarray | None = None) -> np.ndarray:
    """Put together what `split_alpha` split."""
    return colours if alpha is None else np.dstack([colours, alpha])


def to_rgb(colours: np.ndarray) -> np.ndarray:
    """Grey (H, W) as three equal channels; RGB (H, W, 3) as it is."""
    return np.repeat(colours[:, :, None], 3, axis=2) if colours.ndim == 2 else colours


def to_8_bit(image: np.ndarray) -> np.ndarray:
    """uint16 rounded to uint8; uint8 as it is."""
    if image.dtype == np.uint8:
        return image
    return np.rint(image / np.float32(257)).astype(np.uint8)


def luma(image: np.ndarray) -> np.ndarray:
    """The Y channel of ITU-R BT.601 as MATLAB's rgb2ycbcr gives it: float32 (H, W) on 16..235."""
    weights = np.array([65.481, 128.553, 24.966], dtype=np.float32) / 255
    return image.astype(np.float32) @ weights + np.float32(16)
