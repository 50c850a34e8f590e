"""Routers: from the classifier's logits for all tiles of an image to the class of each.

`most_probable` is the paper's.  `within_budget` spends a given computation where the classifier
gains most by it, so that one trained model serves any budget.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from classsr.arrays import Classes, Logits

# Takes logits (N, M); gives classes, int64 (N,).
Router = Callable[[Logits], Classes]

ROUNDING = 1e-9  # share of a budget that rounding may add, so that a model's own cost fits


def most_probable(logits: Logits) -> Classes:
    """The class of the largest logit."""
    return logits.argmax(axis=1)


def within_budget(logits: Logits, *, costs: np.ndarray, budget: float) -> Classes:
    """The classes that gain most log-probability for a mean cost of at most `budget`.

    Every tile maximises log p - lambda * cost with one lambda for the image, the smallest that
    holds the budget; what that leaves is spent on the next best upgrades that still fit.  Lambda
    is 0 at the cost of `most_probable`; a larger budget makes it negative, up to the costliest
    branch on every tile.

    costs: of a tile in each branch (M,), in the unit of `budget`.
    Raises ValueError where the cheapest branch alone exceeds the budget.
    """
    costs = np.asarray(costs, dtype=np.float64)
    if budget < costs.min() * (1 - ROUNDING):
        raise ValueError(f"budget {budget:g} is below the cheapest branch's {costs.min():g}")
    number = len(logits)
    classes = np.full(number, costs.argmin())
    left = number * (budget * (1 + ROUNDING) - costs.min())
    tiles, targets, slopes = upgrades(logits, costs)
    done = np.zeros(number, dtype=bool)  # tiles with an upgrade that does not fit
    for place in np.argsort(-slopes, kind="stable"):
        tile, target = tiles[place], targets[place]
        extra = costs[target] - costs[classes[tile]]
        if done[tile] or extra > left:
            done[tile] = True
        else:
            classes[tile] = target
            left -= extra
    return classes


def upgrades(logits: Logits, costs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The steps of every tile from the cheapest to the costliest class.

    As lambda falls, a tile passes the corners of the concave hull of (cost, log p); the slope
    of a step is the lambda below which the tile takes it.

    Returns the steps' tiles, their target classes and their slopes, each (K,); the steps of one
    tile are in order and their slopes fall.
    """
    logits = logits.astype(np.float64)  # their differences are those of log p
    everyone = np.arange(len(logits))
    current = np.full(len(logits), costs.argmin())
    last = np.full(len(logits), np.inf)
    steps = []
    for _ in costs:  # the last round finds nothing to do
        gain = logits - logits[everyone, current][:, None]
        extra = costs[None, :] - costs[current][:, None]
        slope = np.divide(gain, extra, out=np.full_like(gain, np.inf), where=extra > 0)
        slope[(extra < 0) | ((extra == 0) & (gain <= 0))] = -np.inf
        moved = np.flatnonzero(slope.max(axis=1) > -np.inf)
        target = slope.argmax(axis=1)[moved]
        last[moved] = np.minimum(last[moved], slope[moved, target])  # against rounding
        current[moved] = target
        steps.append((moved, target, last[moved]))
    tiles, targets, slopes = (np.concatenate(part) for part in zip(*steps, strict=True))
    return tiles, targets, slopes
