"""What a training step minimises: a network's output on a batch turned into named loss terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import paddle
from paddle import nn

from classsr.losses import PIXEL_LOSSES, PixelCriterion, average_loss, class_loss
from classsr.ranks import mean_over_ranks
from classsr.router import router_statistics


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
    return Terms({criterion: PIXEL_LOSSES[criterion](network(lr), hr)})


def classsr_objective(
    network: nn.Layer,
    lr: paddle.Tensor,
    hr: paddle.Tensor,
    *,
    criterion: PixelCriterion = "l1",
    class_shares: Sequence[float] | None = None,
) -> Terms:
    """ClassSR: the loss of the mixed images, and the classifier's class and average losses.

    class_shares: see `average_loss`, which is over the batch of all processes here.
    """
    sr, probabilities = network(lr)
    use = probabilities.sum(axis=0)
    losses = {
        criterion: PIXEL_LOSSES[criterion](sr, hr),
        "class": class_loss(probabilities),
        "average": average_loss(
            probabilities, class_shares=class_shares, use=mean_over_ranks(use.detach())
        ),
    }
    return Terms(losses, router_statistics(probabilities))
