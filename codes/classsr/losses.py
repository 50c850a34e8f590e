"""The losses of ClassSR (Kong et al., CVPR 2021, section 3.3), for any number of classes M."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F


def l1_loss(sr: paddle.Tensor, hr: paddle.Tensor) -> paddle.Tensor:
    """Mean absolute error of images of one shape (equation 5)."""
    return F.l1_loss(sr, hr)


def class_loss(probabilities: paddle.Tensor) -> paddle.Tensor:
    """How undecided the classifier is: 0 when every tile has one sure class, M - 1 when uniform.

    The mean over the batch of (M - 1) - sum over i < j of |P_i - P_j| (equation 6).

    probabilities: (B, M), rows sum to 1.
    """
    m = probabilities.shape[1]
    differences = (probabilities.unsqueeze(2) - probabilities.unsqueeze(1)).abs()
    return (m - 1) - differences.sum(axis=[1, 2]).mean() / 2


def average_loss(probabilities: paddle.Tensor) -> paddle.Tensor:
    """How unequally a batch uses the classes: 0 for equal shares, 1 when one class takes all.

    The sum over classes of |sum over the batch of P_i - B / M| (equation 7), divided by its
    largest value.

    probabilities: (B, M), rows sum to 1.
    """
    batch, m = probabilities.shape
    share = batch / m
    return (probabilities.sum(axis=0) - share).abs().sum() / (share * 2 * (m - 1))
