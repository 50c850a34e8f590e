"""The classifier's probabilities within a budget: what routing.within_budget does, but soft.

Training on them teaches the classifier which tiles gain most from more computation, and the
branches what they will meet when a user withdraws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import paddle
import paddle.nn.functional as F

_HALVINGS = 40
_MARGIN = 20.0  # of logits, beyond which a softmax is as good as sure
_LEAST_VARIANCE = 1e-3


def soft_within_budget(
    logits: paddle.Tensor, *, costs: Sequence[float], budget: float
) -> paddle.Tensor:
    """The softmax of logits - lambda * costs, where lambda gives a batch the mean cost `budget`.

    Lambda depends on the logits, so that no gradient leads to a batch that costs more or less.

    logits: (B, M); costs: of the M classes, ascending; budget: between the least and the largest.
    Returns probabilities (B, M).
    """
    prices = paddle.to_tensor(list(costs), dtype=logits.dtype)

    def probabilities(price: paddle.Tensor) -> paddle.Tensor:
        return F.softmax(logits - price * prices, axis=1)

    with paddle.no_grad():
        gap = min(b - a for a, b in pairwise(costs))
        high = (logits.max() - logits.min() + _MARGIN) / gap
        low = -high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            dear = (probabilities(middle) * prices).sum(axis=1).mean() > budget
            low, high = paddle.where(dear, middle, low), paddle.where(dear, high, middle)
    # One step of Newton's method changes nothing here, but its derivative is that of lambda.
    p = probabilities(high)
    cost = (p * prices).sum(axis=1)
    variance = ((p * prices**2).sum(axis=1) - cost**2).mean().detach()
    step = (cost.mean() - cost.mean().detach()) / variance.clip(min=_LEAST_VARIANCE)
    return probabilities(high + step)
