"""ClassSR (Kong et al., CVPR 2021): a classifier in front of branches of growing width."""

from __future__ import annotations

import paddle
from paddle import nn

from classsr.models.classifier import Classifier


class ClassSR(nn.Layer):
    """Any list of branches, from simple to hard, and a classifier with a class for each.

    branches: networks that map (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W), all of
        one scale.
    """

    def __init__(self, *, classifier: Classifier, branches: list[nn.Layer]) -> None:
        super().__init__()
        self.scale = branches[0].scale
        self.classifier = classifier
        self.branches = nn.LayerList(branches)
        self.branches_frozen = False

    def freeze_branches(self) -> None:
        """Train the classifier alone from now on.

        The original keeps batch norm of frozen branches in training mode, so that their running
        statistics drift; here frozen branches stay exactly as they were trained.
        """
        self.branches_frozen = True
        self.branches.eval()
        for parameter in self.branches.parameters():
            parameter.stop_gradient = True

    def train(self) -> None:
        """Switch to training mode; frozen branches stay in evaluation mode."""
        super().train()
        if self.branches_frozen:
            self.branches.eval()

    def forward(self, lr: paddle.Tensor) -> tuple[list[paddle.Tensor], paddle.Tensor]:
        """For training: all branches on all tiles (N, 3, H, W) in [0, 1].

        Returns the M results (N, 3, scale * H, scale * W) and the logits of the classes (N, M).
        """
        return [branch(lr) for branch in self.branches], self.classifier(lr)


def mixture(results: list[paddle.Tensor], probabilities: paddle.Tensor) -> paddle.Tensor:
    """The results of M branches (N, C, H, W), weighted by probability (N, M) (equation 3)."""
    weights = probabilities.reshape([-1, len(results), 1, 1, 1])
    return paddle.add_n([result * weights[:, i] for i, result in enumerate(results)])


def split_network(network: nn.Layer) -> tuple[Classifier | None, list[nn.Layer]]:
    """Classifier and branches; a plain network is the one branch of no classifier."""
    if isinstance(network, ClassSR):
        return network.classifier, list(network.branches)
    return None, [network]
