"""What a training step minimises: a network's output on a batch turned into named loss terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.losses import average_loss, class_loss, l1_loss


@dataclass(frozen=True)
class Terms:
    """Loss terms by name, and how many tiles of the batch each class would get (M,), if any."""

    losses: dict[str, paddle.Tensor]
    classes: paddle.Tensor | None = None


Objective = Callable[[nn.Layer, paddle.Tensor, paddle.Tensor], Terms]


def branch_objective(network: nn.Layer, lr: paddle.Tensor, hr: paddle.Tensor) -> Terms:
    """A network on its own: the L1 loss."""
    return Terms({"l1": l1_loss(network(lr), hr)})


def classsr_objective(network: nn.Layer, lr: paddle.Tensor, hr: paddle.Tensor) -> Terms:
    """ClassSR: the L1 loss of the mixture, and the class and average losses of the classifier."""
    sr, probabilities = network(lr)
    losses = {
        "l1": l1_loss(sr, hr),
        "class": class_loss(probabilities),
        "average": average_loss(probabilities),
    }
    chosen = F.one_hot(probabilities.detach().argmax(axis=1), probabilities.shape[1])
    return Terms(losses, classes=chosen.sum(axis=0))
