"""What a training step minimises: a network's output on a batch turned into named loss terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import paddle
from paddle import nn

from classsr.losses import average_loss, class_loss, l1_loss
from classsr.ranks import mean_over_ranks
from classsr.router import router_statistics


@dataclass(frozen=True)
class Terms:
    """Loss terms by name, and scalars that are only watched (see `router_statistics`)."""

    losses: dict[str, paddle.Tensor]
    statistics: dict[str, paddle.Tensor] = field(default_factory=dict)


Objective = Callable[[nn.Layer, paddle.Tensor, paddle.Tensor], Terms]


def branch_objective(network: nn.Layer, lr: paddle.Tensor, hr: paddle.Tensor) -> Terms:
    """A network on its own: the L1 loss."""
    return Terms({"l1": l1_loss(network(lr), hr)})


def classsr_objective(
    network: nn.Layer,
    lr: paddle.Tensor,
    hr: paddle.Tensor,
    *,
    class_shares: Sequence[float] | None = None,
) -> Terms:
    """ClassSR: the L1 loss of the mixture, and the class and average losses of the classifier.

    class_shares: see `average_loss`, which is over the batch of all processes here.
    """
    sr, probabilities = network(lr)
    use = probabilities.sum(axis=0)
    losses = {
        "l1": l1_loss(sr, hr),
        "class": class_loss(probabilities),
        "average": average_loss(
            probabilities, class_shares=class_shares, use=mean_over_ranks(use.detach())
        ),
    }
    return Terms(losses, router_statistics(probabilities))
