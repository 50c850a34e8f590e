"""What a training step minimises: a network's output on a batch turned into named loss terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.losses import PixelCriterion, average_loss, class_loss, pixel_loss, routed_loss
from classsr.models.classsr import mixture
from classsr.ranks import mean_over_ranks
from classsr.router import router_statistics
from classsr.soft_budget import within_budget


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
    return Terms({criterion: pixel_loss(network(lr), hr, criterion)})


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
        that of tiles routed by the probabilities as they are and within each (see `soft_budget`).
    """
    results, logits = network(lr)
    probabilities = F.softmax(logits, axis=1)
    use = probabilities.sum(axis=0)
    if budgets:
        routes = [within_budget(logits, costs=costs, budget=budget) for budget in budgets]
        image = routed_loss(results, hr, [probabilities, *routes], criterion)
    else:
        image = pixel_loss(mixture(results, probabilities), hr, criterion)
    losses = {
        criterion: image,
        "class": class_loss(probabilities),
        "average": average_loss(
            probabilities, class_shares=class_shares, use=mean_over_ranks(use.detach())
        ),
    }
    return Terms(losses, router_statistics(probabilities))
