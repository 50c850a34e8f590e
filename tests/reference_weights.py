"""Deterministic weights, so that two implementations can be compared without shipping a checkpoint.

``make(shapes, seed)`` maps the published parameter names (PyTorch layout) and their shapes to
float32 arrays.  Every array depends only on the seed and on its own name, so the order in which
a framework lists its parameters does not matter.
"""

from __future__ import annotations

import zlib

import numpy as np

RGB_MEAN = np.array([0.4488, 0.4371, 0.4040], dtype=np.float64)  # of DIV2K, in [0, 1]


def make(
    shapes: dict[str, tuple[int, ...]], seed: int, rgb_range: float, gain: float
) -> dict[str, np.ndarray]:
    """Weights in PyTorch layout.

    Convolution (out, in, kh, kw), deconvolution (in, out, kh, kw), linear (out, in).

    rgb_range: 255 for RCAN, 1 otherwise; it only sets the biases of ``sub_mean`` and ``add_mean``.
    gain: standard deviation of a weight times the square root of its fan-in.
    """
    return {name: _one(name, tuple(shape), seed, rgb_range, gain) for name, shape in shapes.items()}


def _one(name: str, shape: tuple[int, ...], seed: int, rgb_range: float, gain: float) -> np.ndarray:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    leaf = name.rsplit(".", 1)[-1]
    if "sub_mean" in name or "add_mean" in name:
        if leaf == "weight":
            value = np.eye(3).reshape(3, 3, 1, 1)
        else:
            value = (-1 if "sub_mean" in name else 1) * rgb_range * RGB_MEAN
    elif leaf == "num_batches_tracked":
        value = np.zeros(shape)
    elif leaf == "running_mean":
        value = rng.normal(0, 0.05, shape)
    elif leaf == "running_var":
        value = rng.uniform(0.8, 1.2, shape)
    elif leaf == "bias":
        value = rng.normal(0, 0.02, shape)
    elif shape == (1,):  # PReLU slope
        value = rng.uniform(0.1, 0.4, shape)
    elif len(shape) == 1:  # BatchNorm scale
        value = rng.uniform(0.8, 1.2, shape)
    else:
        fan_in = int(np.prod(shape[1:]))
        value = rng.normal(0, 1.0, shape) * gain / np.sqrt(fan_in)
    return np.asarray(value, dtype=np.float32).reshape(shape)
