"""Areas of one colour keep it, whatever the network makes of them.

Networks that were trained on photographs shift saturated colours, most of all at the image's edge.
"""

from __future__ import annotations

import cv2
import numpy as np

from classsr.images.rgb import to_float
from classsr.inference.regions import Region

CORE = 2  # LR pixels: as far as bicubic downsampling by any scale carries an edge
RAMP = 6  # LR pixels in which the network's result turns into the area's own colour
REACH = CORE + RAMP + 1  # LR pixels on each side that the weight of a result pixel depends on


def flat_weights(image: np.ndarray) -> np.ndarray | None:
    """How much each pixel's own colour counts, float32 (H, W) in [0, 1]; None where none does.

    A pixel is flat where all within `CORE` have its colour; those beyond the image do. The weight
    rises with the distance to the nearest pixel that is not, to 1 at `RAMP`.

    image: (H, W, 3), uint8, uint16 or float32.
    """
    image = np.ascontiguousarray(image)
    around = np.ones((2 * CORE + 1, 2 * CORE + 1), dtype=np.uint8)
    low, high = cv2.erode(image, around), cv2.dilate(image, around)
    red, green, blue = cv2.split(cv2.compare(low, high, cv2.CMP_EQ))
    is_flat = red & green & blue
    if not is_flat.any():
        return None
    distance = cv2.distanceTransform(is_flat, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.minimum(distance / RAMP, 1)


def keep_flat(
    result: np.ndarray, image: np.ndarray, weights: np.ndarray, region: Region, *, scale: int
) -> None:
    """Mix the flat pixels' own colours into a region that was super-resolved, in place.

    result: as `full_protocol.run_plan` has it; image: (H, W, 3); weights: of it.
    """
    (top, bottom), (left, right) = region.rows, region.columns
    framed = weights[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1]
    if not framed.any():
        return
    height, width = bottom - top, right - left
    above, before = int(top == 0), int(left == 0)
    below, behind = height + 2 - above - len(framed), width + 2 - before - framed.shape[1]
    framed = np.pad(framed, ((above, below), (before, behind)), mode="edge")
    size = (scale * (width + 2), scale * (height + 2))
    share = cv2.resize(framed, size, interpolation=cv2.INTER_LINEAR)[scale:, scale:]

    target = result[scale * top : scale * bottom, scale * left : scale * right]
    own = as_result(image[top:bottom, left:right], like=result)
    own = own.repeat(scale, axis=0).repeat(scale, axis=1)[: target.shape[0], : target.shape[1]]
    share = share[: target.shape[0], : target.shape[1]]
    if result.ndim == 3:
        share = share[:, :, None]
    mixed = (1 - share) * target + share * own
    target[...] = mixed if result.dtype == np.float32 else np.rint(mixed)


def as_result(image: np.ndarray, *, like: np.ndarray) -> np.ndarray:
    """Pixels (H, W, 3) in the levels of a result, float32; (H, W) of means where it is grey."""
    if image.dtype == like.dtype and image.dtype != np.float32:
        levels = image.astype(np.float32)
    else:
        white = np.iinfo(like.dtype).max if like.dtype != np.float32 else 255
        levels = to_float(image) * np.float32(white)
    return levels if like.ndim == 3 else levels.mean(axis=2)
