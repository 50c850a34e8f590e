"""The losses of ClassSR (Kong et al., CVPR 2021, section 3.3), for any number of classes M."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import paddle
import paddle.nn.functional as F

# Logits hardly tell a worth of less than 1 / SHARPNESS from none: the softplus is flat there. So
# what a tile says, by the mean of its patches' logits, may be less than the mean of what they say.
SHARPNESS = 40.0
_LEAST_WORTH = 1e-3  # that they can say, so that no patch weighs without bound
_POWER = 1.75  # of the Tweedie deviance: more than 1, less than 2

PixelCriterion = Literal["l1", "l2"]
# L1 is equation 5; L2 is what PSNR is the logarithm of.
_ERRORS: dict[PixelCriterion, Callable[..., paddle.Tensor]] = {"l1": F.l1_loss, "l2": F.mse_loss}


def image_errors(sr: paddle.Tensor, hr: paddle.Tensor, criterion: PixelCriterion) -> paddle.Tensor:
    """Mean absolute or squared error of each image (N, C, H, W) by itself; returns (N,)."""
    return _ERRORS[criterion](sr, hr, reduction="none").mean(axis=[1, 2, 3])


def patch_errors(
    sr: paddle.Tensor, hr: paddle.Tensor, criterion: PixelCriterion, *, patch: int
) -> paddle.Tensor:
    """As `image_errors`, of patches of patch x patch pixels; returns (N, H / patch, W / patch)."""
    errors = _ERRORS[criterion](sr, hr, reduction="none").mean(axis=1, keepdim=True)
    return F.avg_pool2d(errors, patch).squeeze(1)


def routed_loss(errors: paddle.Tensor, probabilities: Sequence[paddle.Tensor]) -> paddle.Tensor:
    """The error that is to be expected where each tile goes through one branch by chance.

    Unlike the loss of a mixture, it gives branches no reason to make up for each other.

    errors: of the tiles in each branch (B, M).
    probabilities: ways to route, each (B, M); the mean over them is returned.
    """
    losses = [(p * errors).sum(axis=1).mean() for p in probabilities]
    return paddle.add_n(losses) / len(losses)


def class_loss(probabilities: paddle.Tensor) -> paddle.Tensor:
    """How undecided the classifier is: 0 when every tile has one sure class, M - 1 when uniform.

    The mean over the batch of (M - 1) - sum over i < j of |P_i - P_j| (equation 6).

    probabilities: (B, M), rows sum to 1.
    """
    m = probabilities.shape[1]
    differences = (probabilities.unsqueeze(2) - probabilities.unsqueeze(1)).abs()
    return (m - 1) - differences.sum(axis=[1, 2]).mean() / 2


def average_loss(
    probabilities: paddle.Tensor,
    *,
    class_shares: Sequence[float] | None = None,
    use: paddle.Tensor | None = None,
) -> paddle.Tensor:
    """How far the use of the classes by a batch is from its target: 0 at best, 1 at worst.

    The sum over classes of |sum over the batch of P_i - B * share_i|, divided by its largest
    value; with equal shares this is equation 7, and one class for all tiles gives 1.

    probabilities: (B, M), rows sum to 1.
    class_shares: of the M classes, sum 1; equal where they are left out.
    use: (M,), the sums of P_i where they are known better than from this batch: their mean over
        several processes gives all of them the loss of the joint batch, and gradients whose mean
        is its gradient.
    """
    batch, m = probabilities.shape
    shares = [1 / m] * m if class_shares is None else class_shares
    sums = probabilities.sum(axis=0)
    if use is not None:
        sums = sums + (use - sums).detach()
    target = paddle.assign(np.array([batch * share for share in shares], dtype=np.float32))
    return (sums - target).abs().sum() / (2 * batch * (1 - min(shares)))


def worth_loss(
    logits: paddle.Tensor, worth: paddle.Tensor, *, costs: Sequence[float]
) -> paddle.Tensor:
    """How wrong a classifier is about what the step to the next branch is worth.

    Its logits say it: logit i+1 - logit i = SHARPNESS * (cost i+1 - cost i) * (worth - 1), so that
    the most probable class takes the steps that are worth 1 and more, where they are worth less
    one after the other, and a budget's price moves that border. A softplus keeps what they say
    above 0.

    The mean over all patches, and over the steps by their costs, of the Tweedie deviance but for
    a constant factor; with a power between 1 and 2 it is meant for amounts that are often exactly
    0. Its expectation is least where the mean worth is said, as that of the squared error is. But
    it is nearly a relative error: patches that are worth little count too, and the few that are
    worth most do not rule. A tile's logits are the mean of its patches', which can say means; the
    mean of logarithms would be a poor stand-in.

    logits: of patches (..., M); worth: (..., M - 1), see `worth.worth_of_steps`.
    costs: (M,), the widest 1.
    """
    weights = paddle.to_tensor(np.diff(costs).astype(np.float32))
    steps = (logits[..., 1:] - logits[..., :-1]) / weights
    said = F.softplus(steps + SHARPNESS) / SHARPNESS + _LEAST_WORTH
    p = _POWER - 1
    wrong = p * said ** (1 - p) / (1 - p) + worth / said**p - worth ** (1 - p) / (1 - p)
    return (wrong * weights).sum(axis=-1).mean() / weights.sum()
