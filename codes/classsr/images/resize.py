"""Bicubic resizing that equals MATLAB's imresize, on integers and on floats."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

Edges = Literal["clamp", "mirror"]

# Sizes of one matrix product. Few output rows keep the band of input rows that they read narrow.
# Few multiplications keep it in the cache, and below the size from which BLAS starts threads,
# which would fight for the cores with the other processes that prepare or load images.
_ROWS_AT_ONCE = 4
_MULTIPLICATIONS_AT_ONCE = 2**18


def imresize(
    image: np.ndarray,
    *,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    edges: Edges = "clamp",
) -> np.ndarray:
    """Resize with the antialiased bicubic kernel (a = -0.5), the axis that shrinks most first.

    image: H x W or H x W x C, uint8, uint16 or float. Integers are rounded and clipped after each
    axis, as MATLAB does, which reproduces the LR images of the common test sets; floats are not
    rounded, which together with edges="mirror" is the variant of the original ClassSR scripts.
    scale: the output is ceil(scale * input) on both axes; size: the output's (height, width).
    edges: "clamp" repeats the border value (older MATLAB, the common test sets), "mirror"
    reflects the image (newer MATLAB).

    Returns an array of the image's dtype. Raises ValueError unless one of scale and size is given.
    """
    if (scale is None) == (size is None):
        raise ValueError("give imresize either a scale or a size")
    shape = image.shape[:2]
    if scale is not None:
        factors = (scale, scale)
        size = (math.ceil(scale * shape[0]), math.ceil(scale * shape[1]))
    else:
        assert size is not None
        factors = (size[0] / shape[0], size[1] / shape[1])
    for axis in sorted((0, 1), key=lambda axis: factors[axis]):
        weights, indices = _contributions(shape[axis], size[axis], factors[axis], edges)
        image = _resize_axis(image, axis, weights, indices)
    return image


def _cubic(x: np.ndarray) -> np.ndarray:
    """The cubic convolution kernel with a = -0.5 (Keys, 1981)."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def _contributions(
    n_in: int, n_out: int, factor: float, edges: Edges
) -> tuple[np.ndarray, np.ndarray]:
    """The weights and input positions of every output position, both n_out x taps."""
    stretch = min(factor, 1.0)  # a shrinking image widens the kernel, which is the antialiasing
    width = 4 / stretch
    centres = (np.arange(n_out) + 0.5) / factor - 0.5
    first = np.floor(centres - width / 2).astype(np.int64)
    indices = first[:, None] + np.arange(math.ceil(width) + 2)
    weights = _cubic(stretch * (centres[:, None] - indices))
    weights /= weights.sum(axis=1, keepdims=True)
    if edges == "clamp":
        return weights, indices.clip(0, n_in - 1)
    indices %= 2 * n_in
    return weights, np.minimum(indices, 2 * n_in - 1 - indices)


def _resize_axis(
    image: np.ndarray, axis: int, weights: np.ndarray, indices: np.ndarray
) -> np.ndarray:
    """Apply the weights along one axis, in small dense matrix products."""
    rows = np.ascontiguousarray(image.swapaxes(0, axis))
    flat = rows.reshape(len(rows), -1)
    out = np.empty((len(weights), flat.shape[1]), image.dtype)
    for start in range(0, len(out), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        low, high = indices[block].min(), indices[block].max() + 1
        band = np.zeros((len(out[block]), high - low))
        np.add.at(band, (np.arange(len(band))[:, None], indices[block] - low), weights[block])
        n_columns = max(_MULTIPLICATIONS_AT_ONCE // band.size, 1)
        for left in range(0, flat.shape[1], n_columns):
            columns = slice(left, left + n_columns)
            out[block, columns] = _to_dtype(band @ flat[low:high, columns], image.dtype)
    return np.ascontiguousarray(out.reshape(-1, *rows.shape[1:]).swapaxes(0, axis))


def _to_dtype(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if np.issubdtype(dtype, np.floating):
        return values.astype(dtype)
    # Halves round up. The nudge keeps them up whatever order BLAS sums in, so that an image comes
    # out the same on every machine; it is far below what the weights can otherwise produce.
    values += 0.5 + 1e-9
    return np.floor(values, out=values).clip(0, np.iinfo(dtype).max, out=values).astype(dtype)
