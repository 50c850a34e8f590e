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
    more, where a step is worth less than the one before it. One that adds to the error is worth 0.

    errors: of tiles in each branch (N, M).
    costs: of the branches (M,), ascending, in the unit of `budget`, which is a mean over the tiles.
    Raises ClassSRError where the costs do not ascend, or where to spend the budget would do harm.
    """
    if min(np.diff(costs)) <= 0:
        raise ClassSRError("branches do not cost more from one to the next; name the simple first")
    steps = -np.diff(errors, axis=1) / np.diff(costs)
    return (steps / _price(errors, np.asarray(costs), budget)).clip(min=0).astype(np.float32)


def _price(errors: np.ndarray, costs: np.ndarray, budget: float) -> float:
    """The error per cost at which tiles that take the cheapest way cost the budget."""

    def spent(price: float) -> float:
        return float(costs[(errors + price * costs).argmin(axis=1)].mean())

    if spent(0) <= budget:
        raise ClassSRError(
            f"the branches restore the training set best at {spent(0):.1%} of the widest one's "
            f"FLOPs, no more than the {budget:.1%} of train.budgets; "
            "are they trained, and named from simple to hard?"
        )
    low, high = 0.0, float((np.ptp(errors, axis=1)).max() / np.diff(costs).min())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > budget else (low, middle)
    return high
