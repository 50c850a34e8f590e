"""Which samples a training step sees, as a pure function of the seed and the step."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def samples_of_step(*, n: int, batch_size: int, seed: int, step: int) -> np.ndarray:
    """The dataset positions of batch `step`, int64 of length batch_size.

    Batches follow one another through the data set, shuffled anew on every pass; a batch may
    reach across the end of a pass.
    """
    places = step * batch_size + np.arange(batch_size)
    return np.array([_pass_order(n, seed, place // n)[place % n] for place in places.tolist()])


def augmentations_of_step(
    *, batch_size: int, seed: int, step: int, use_flip: bool, use_rot: bool
) -> np.ndarray:
    """Draw (flip left-right, flip top-bottom, transpose) for every sample, batch_size x 3 bools.

    A flip is left-right; a rotation is by 90 degrees, composed of a transposition and flips, as
    in BasicSR: use_flip draws the first, use_rot the other two.
    """
    draws = np.random.default_rng([seed, step, 1]).integers(0, 2, (batch_size, 3), dtype=np.uint8)
    return draws.astype(bool) & np.array([use_flip, use_rot, use_rot])


def augmented(image: np.ndarray, flags: np.ndarray) -> np.ndarray:
    """A view of an H x W x C image under one row of `augmentations_of_step`."""
    left_right, top_bottom, transpose = flags.tolist()
    if left_right:
        image = image[:, ::-1]
    if top_bottom:
        image = image[::-1]
    return image.swapaxes(0, 1) if transpose else image


@lru_cache(maxsize=4)
def _pass_order(n: int, seed: int, number: int) -> np.ndarray:
    """The order of pass `number` through n samples."""
    return np.random.default_rng([seed, number, 0]).permutation(n)
