"""What the class map shows: each tile's class and probabilities, and the curve over budgets."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import log_softmax

from classsr.inference.class_map import class_colours
from classsr.inference.routing import upgrades
from classsr.web.enlargement import Enlargement

POINTS = 61


def class_figures(enlargement: Enlargement) -> dict[str, Any]:
    """Tiles row by row, with what the classifier said about each.

    gains: log-probability that the next larger branch would add, None for the largest.
    curve: pairs of a budget's share and the predicted gain, as a share of the largest.
    """
    assert enlargement.result is not None
    step = enlargement.result.step
    plan, logits = step.upscaled.plans[0], step.logits[0]
    number = enlargement.upscaler.runner.num_classes
    likelihoods = log_softmax(logits.astype(np.float64), axis=1)
    flops = np.array([branch.paper for branch in enlargement.upscaler.cost.branches])
    return {
        "tile": plan.tiling.tile,
        "tops": plan.tiling.tops,
        "lefts": plan.tiling.lefts,
        "classes": plan.classes.tolist(),
        "counts": np.bincount(plan.classes, minlength=number).tolist(),
        "probabilities": np.exp(likelihoods).round(3).tolist(),
        "gains": gains_of_next(likelihoods, plan.classes),
        "colours": class_colours(number).round().astype(int).tolist(),
        "flops": (flops / flops[-1]).tolist(),
        "curve": predicted_curve(logits, flops / flops[-1]),
    }


def gains_of_next(likelihoods: np.ndarray, classes: np.ndarray) -> list[float | None]:
    """For each tile the log-probability that the next larger class would add."""
    last = likelihoods.shape[1] - 1
    return [
        None if label == last else round(float(row[label + 1] - row[label]), 2)
        for row, label in zip(likelihoods, classes, strict=True)
    ]


def predicted_curve(logits: np.ndarray, shares: np.ndarray) -> list[tuple[float, float]]:
    """Budgets from the least to 1, and how much of the largest gain each is predicted to bring.

    The gain is the log-probability over that of the smallest branch on every tile; the steps to it
    are those of `within_budget`.

    shares: of a tile in each branch, of the widest.
    """
    number = len(logits)
    tiles, targets, slopes = upgrades(logits, shares)
    spent, gained = [float(shares.min())], [0.0]
    classes = np.full(number, shares.argmin())
    for place in np.argsort(-slopes, kind="stable"):
        extra = shares[targets[place]] - shares[classes[tiles[place]]]
        classes[tiles[place]] = targets[place]
        spent.append(spent[-1] + extra / number)
        gained.append(gained[-1] + extra * slopes[place] / number)
    budgets = np.linspace(spent[0], 1, POINTS)
    most = max(gained) or 1.0
    gains = np.interp(budgets, spent, gained) / most
    return list(zip(budgets.round(4).tolist(), gains.round(4).tolist(), strict=True))
