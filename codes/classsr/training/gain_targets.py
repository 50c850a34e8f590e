"""What the step from a branch to the next costlier one is worth, patch by patch.

A classifier that knows it serves every budget: it spends what there is where it is worth most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from classsr.errors import ClassSRError

_HALVINGS = 60


def worth_of_steps(errors: np.ndarray, *, costs: Sequence[float], budget: float) -> np.ndarray:
    """The error that each step takes away, for its cost and in units of a price (N, h, w, M - 1).

    A step that adds to the error of a patch is worth 0 there; on a tile it is worth the mean over
    the patches. A router that knew it would spend the budget by taking the steps that are worth 1
    and more, where a step is worth less than the one before it.

    errors: of the patches of tiles in each branch, float32 (N, h, w, M).
    costs: of the branches (M,), ascending, in the unit of `budget`, which is a mean over the tiles.
    Raises ClassSRError where the costs do not ascend, or where to spend the budget would do harm.
    """
    if min(np.diff(costs)) <= 0:
        raise ClassSRError("branches do not cost more from one to the next; name the simple first")
    best = np.asarray(costs)[errors.mean(axis=(1, 2)).argmin(axis=1)].mean()
    if best <= budget:
        raise ClassSRError(
            f"the branches restore the training set best at {best:.1%} of the widest one's "
            f"FLOPs, no more than the {budget:.1%} of train.budgets; "
            "are they trained, and named from simple to hard?"
        )
    steps = np.diff(errors, axis=3)  # as large as all errors, so from here on in place
    steps /= -np.diff(costs).astype(np.float32)
    steps.clip(min=0, out=steps)
    steps /= _price(steps.mean(axis=(1, 2), dtype=np.float64), np.asarray(costs), budget)
    return steps


def _price(steps: np.ndarray, costs: np.ndarray, budget: float) -> float:
    """The error per cost at which tiles that take the cheapest way cost the budget.

    steps: the error per cost that each step takes away (N, M - 1).
    """
    errors = -np.pad((steps * np.diff(costs)).cumsum(axis=1), ((0, 0), (1, 0)))

    def spent(price: float) -> float:
        return float(costs[(errors + price * costs).argmin(axis=1)].mean())

    low, high = 0.0, float(steps.max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > budget else (low, middle)
    return high
