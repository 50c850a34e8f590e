"""What a training step minimises: a network's output on a batch turned into named loss terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.models.classsr import ClassSR, mixture
from classsr.system.distributed import mean_over_ranks
from classsr.training.losses import (
    PixelCriterion,
    average_loss,
    class_loss,
    gain_loss,
    image_errors,
    mean_error,
    routed_loss,
)
from classsr.training.router_health import router_statistics

_HALVINGS = 40
_MARGIN = 20.0  # of logits, beyond which a softmax is as good as sure
_LEAST_VARIANCE = 1e-3


@dataclass(frozen=True)
class Terms:
    """Loss terms by name, and scalars that are only watched (see `router_statistics`)."""

    losses: dict[str, paddle.Tensor]
    statistics: dict[str, paddle.Tensor] = field(default_factory=dict)


Objective = Callable[[nn.Layer, paddle.Tensor, paddle.Tensor], Terms]


def branch_objective(
    network: nn.Layer,
    lr: paddle.Tensor,
    hr: paddle.Tensor,
    *,
    criterion: PixelCriterion = "l1",
) -> Terms:
    """A network on its own: the loss of its images; the paper's criterion is "l1"."""
    return Terms({criterion: mean_error(network(lr), hr, criterion)})


def classsr_objective(
    network: nn.Layer,
    lr: paddle.Tensor,
    hr: paddle.Tensor,
    *,
    criterion: PixelCriterion = "l1",
    class_shares: Sequence[float] | None = None,
    costs: Sequence[float] = (),
    budgets: Sequence[float] = (),
) -> Terms:
    """ClassSR: the loss of the mixed images, and the classifier's class and average losses.

    class_shares: see `average_loss`, which is over the batch of all processes here.
    costs, budgets: where there are budgets, the image loss is not the paper's, of a mixture, but
        that of tiles routed by the probabilities as they are and within each budget.
    """
    results, logits = network(lr)
    probabilities = F.softmax(logits, axis=1)
    if budgets:
        errors = paddle.stack([image_errors(sr, hr, criterion) for sr in results], axis=1)
        routes = [soft_within_budget(logits, costs=costs, budget=budget) for budget in budgets]
        image = routed_loss(errors, [probabilities, *routes])
    else:
        image = image_errors(mixture(results, probabilities), hr, criterion).mean()
    use = mean_over_ranks(probabilities.sum(axis=0).detach())
    losses = {
        criterion: image,
        "class": class_loss(probabilities),
        "average": average_loss(probabilities, class_shares=class_shares, use=use),
    }
    return Terms(losses, router_statistics(probabilities))


def classifier_objective(
    network: ClassSR,
    lr: paddle.Tensor,
    gains: paddle.Tensor,
    *,
    costs: Sequence[float],
) -> Terms:
    """The classifier in front of frozen branches whose errors are known.

    gains: of the steps from branch to branch (B, h, w, M - 1) on the patches that the classifier
        looks at; see `losses.gain_loss`.
    """
    logits = network.classifier.of_patches(lr)
    probabilities = F.softmax(logits.mean(axis=[1, 2]), axis=1)
    return Terms({"gain": gain_loss(logits, gains, costs=costs)}, router_statistics(probabilities))


def soft_within_budget(
    logits: paddle.Tensor, *, costs: Sequence[float], budget: float
) -> paddle.Tensor:
    """The softmax of logits - lambda * costs, where lambda gives a batch the mean cost `budget`.

    It is what `routing.within_budget` does, but soft: training on it teaches the classifier which
    tiles gain most from more computation, and the branches what they will meet when a user
    withdraws it. Lambda depends on the logits, so that no gradient leads to a batch that costs
    more or less.

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
