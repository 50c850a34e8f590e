"""Other ways to fill a router's class counts: they show how good its choice of tiles is.

counts: how many tiles each class gets, 0 the simplest, integers (M,) that sum to N.
All return classes, int64 (N,), with exactly these counts.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from classsr.images.channels import luma


def at_random(counts: np.ndarray, *, seed: int) -> np.ndarray:
    """Every tile is as likely as any other to get a class."""
    return np.random.default_rng(seed).permutation(_labels(counts))


def by_score(scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The tiles of the lowest scores (N,) get the simplest class, the next ones the next."""
    classes = np.empty(len(scores), dtype=np.int64)
    classes[np.argsort(scores, kind="stable")] = _labels(counts)
    return classes


def least_error(errors: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The classes whose errors have the smallest sum: an oracle, which knows the ground truth.

    errors: of each tile in each branch (N, M).
    """
    labels = _labels(counts)
    _, places = linear_sum_assignment(errors[:, labels])
    return labels[places]


def laplacian_energy(tiles: np.ndarray) -> np.ndarray:
    """How much detail RGB tiles (N, H, W, 3) show: the mean square of their luma's Laplacian (N,).

    At the border, where a neighbour is missing, it is not defined and not counted.
    """
    y = luma(tiles)
    inside = y[:, 1:-1, 1:-1]
    neighbours = y[:, :-2, 1:-1] + y[:, 2:, 1:-1] + y[:, 1:-1, :-2] + y[:, 1:-1, 2:]
    return np.square(4 * inside - neighbours).mean(axis=(1, 2))


def _labels(counts: np.ndarray) -> np.ndarray:
    """The classes in ascending order, each as often as it is to occur, int64 (N,)."""
    return np.repeat(np.arange(len(counts)), counts)
