"""The losses of ClassSR (Kong et al., CVPR 2021, section 3.3), for any number of classes M."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import paddle
import paddle.nn.functional as F

# The softplus is flat below a gain of 1 / SHARPNESS, which logits hardly tell from none. So the
# prediction of a tile, from the mean of its patches' logits, may be below the mean of theirs.
SHARPNESS = 40.0
_LEAST_GAIN = 1e-3  # that is predicted, so that the weight of a patch is bounded
_POWER = 1.75  # of the Tweedie deviance: more than 1, less than 2

PixelCriterion = Literal["l1", "l2"]
# L1 is equation 5; L2 is what PSNR is the logarithm of.
_ERRORS: dict[PixelCriterion, Callable[..., paddle.Tensor]] = {"l1": F.l1_loss, "l2": F.mse_loss}


def mean_error(sr: paddle.Tensor, hr: paddle.Tensor, criterion: PixelCriterion) -> paddle.Tensor:
    """Mean absolute or squared error of images (N, C, H, W), all together."""
    return _ERRORS[criterion](sr, hr)


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


def gain_loss(
    logits: paddle.Tensor, gains: paddle.Tensor, *, costs: Sequence[float]
) -> paddle.Tensor:
    """How far a classifier's prediction is from what the step to the next branch gains.

    logit i+1 - logit i = SHARPNESS * (cost i+1 - cost i) * (predicted gain - 1): the most probable
    class takes the steps that gain at least 1, where gains fall from step to step, and a budget
    moves that border. A softplus keeps predictions above 0.

    Returns the Tweedie deviance up to a constant factor, the mean over all patches and over the
    steps by their costs. With a power between 1 and 2 it suits amounts that are often exactly 0.
    Its expectation is least at the mean gain, like that of the squared error, but it is nearly a
    relative error: patches of little gain count too. The prediction for a tile is the mean over
    its patches.

    logits: of patches (..., M); gains: (..., M - 1), see `gain_targets.gains_of_steps`.
    costs: (M,), the widest 1.
    """
    weights = paddle.to_tensor(np.diff(costs).astype(np.float32))
    steps = (logits[..., 1:] - logits[..., :-1]) / weights
    predicted = F.softplus(steps + SHARPNESS) / SHARPNESS + _LEAST_GAIN
    p = _POWER - 1
    deviance = (
        p * predicted ** (1 - p) / (1 - p) + gains / predicted**p - gains ** (1 - p) / (1 - p)
    )
    return (deviance * weights).sum(axis=-1).mean() / weights.sum()
