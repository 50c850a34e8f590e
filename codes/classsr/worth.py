"""What the step from a branch to the next costlier one is worth on a tile.

A classifier that knows it serves every budget: it spends what there is where it is worth most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from classsr.errors import ClassSRError

_HALVINGS = 60


def worth_of_steps(errors: np.ndarray, *, costs: Sequence[float], budget: float) -> np.ndarray:
    """The error that each step takes away, for its cost and in units of its price (N, M - 1).

    A router that knew the errors would spend the budget by taking the steps that are worth 1 and
    more. A step that adds to the error is worth 0.

    errors: of tiles in each branch (N, M).
    costs: of the branches (M,), ascending, in the unit of `budget`, which is a mean over the tiles.
    Raises ClassSRError where more than the budget's worth of computation would do harm.
    """
    steps = -np.diff(errors, axis=1) / np.diff(costs)
    return (steps / _price(errors, np.asarray(costs), budget)).clip(min=0).astype(np.float32)


def _price(errors: np.ndarray, costs: np.ndarray, budget: float) -> float:
    """The error per cost at which tiles that take the cheapest way cost the budget."""

    def spent(price: float) -> float:
        return float(costs[(errors + price * costs).argmin(axis=1)].mean())

    if spent(0) < budget:
        raise ClassSRError(
            f"the branches restore the training set best at {spent(0):.1%} of the widest one's "
            f"FLOPs, less than the {budget:.1%} of train.budgets; "
            "are they trained, and named from simple to hard?"
        )
    low, high = 0.0, float((np.ptp(errors, axis=1)).max() / np.diff(costs).min())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > budget else (low, middle)
    return high
