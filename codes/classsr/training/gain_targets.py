"""What the step from a branch to the next costlier one gains, patch by patch.

A classifier that predicts these gains serves every budget: it spends what there is where it gains
most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from classsr.errors import ClassSRError

_HALVINGS = 60


def gains_of_steps(errors: np.ndarray, *, costs: Sequence[float], budget: float) -> np.ndarray:
    """The error that each step removes, per cost and in units of a price (N, h, w, M - 1).

    A step that adds to the error of a patch gains 0 there. The gain on a tile is the mean over its
    patches. A router that takes the steps whose gain is at least 1 spends the budget, where gains
    fall from step to step.

    errors: of the patches of tiles in each branch, float32 (N, h, w, M).
    costs: of the branches (M,), ascending, in the unit of `budget`, which is a mean over the tiles.
    Raises ClassSRError where spending the budget would add to the error.
    """
    best = np.asarray(costs)[errors.mean(axis=(1, 2)).argmin(axis=1)].mean()
    if best <= budget:
        raise ClassSRError(
            f"the branches restore the training set best at {best:.1%} of the widest one's "
            f"FLOPs, no more than the {budget:.1%} of train.budgets; "
            "are they trained, and named from simple to hard?"
        )
    gains = np.diff(errors, axis=3)  # as large as all errors, so from here on in place
    gains /= -np.diff(costs).astype(np.float32)
    gains.clip(min=0, out=gains)
    gains /= _price(gains.mean(axis=(1, 2), dtype=np.float64), np.asarray(costs), budget)
    return gains


def _price(gains: np.ndarray, costs: np.ndarray, budget: float) -> float:
    """The error per cost at which tiles that take the cheapest way cost the budget.

    gains: the error per cost that each step removes (N, M - 1).
    """
    errors = -np.pad((gains * np.diff(costs)).cumsum(axis=1), ((0, 0), (1, 0)))

    def spent(price: float) -> float:
        return float(costs[(errors + price * costs).argmin(axis=1)].mean())

    low, high = 0.0, float(gains.max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > budget else (low, middle)
    return high
