"""What the classifier does with the tiles, and whether it has collapsed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import paddle
import paddle.nn.functional as F


def router_statistics(probabilities: paddle.Tensor) -> dict[str, paddle.Tensor]:
    """How a batch is spread over the classes, as scalar tensors without gradient.

    class1, class2, ...: the share of the tiles whose most probable class it is.
    entropy: mean over the tiles, 0 (sure) to 1 (uniform).
    margin: mean distance between the two most probable classes, 0 to 1.

    probabilities: (B, M), rows sum to 1.
    """
    p = probabilities.detach()
    m = p.shape[1]
    shares = F.one_hot(p.argmax(axis=1), m).mean(axis=0)
    logarithm_m = paddle.log(p.clip(min=1e-12)) / math.log(m)
    first, second = p.topk(2, axis=1)[0].unbind(axis=1)
    return {
        **{f"class{i + 1}": share for i, share in enumerate(shares.unbind())},
        "entropy": -(p * logarithm_m).sum(axis=1).mean(),
        "margin": (first - second).mean(),
    }


def collapse(means: Mapping[str, float]) -> str:
    """What to tell the user where the router sends all tiles to one class; empty otherwise.

    means: of losses and `router_statistics` over some steps. The class loss of a collapsed
    router is near 0 and its average loss near 1.
    """
    if "average" not in means or means["class"] > 0.1 or means["average"] < 0.9:
        return ""
    shares = {name: share for name, share in means.items() if name.removeprefix("class").isdigit()}
    chosen = max(shares, key=lambda name: shares[name])
    return (
        f"the router has collapsed: {shares[chosen]:.0%} of the tiles go to {chosen} "
        f"(class loss {means['class']:.3f}, average loss {means['average']:.3f}); "
        "are the branches trained (path.pretrain_branches)? is train.lr too high? "
        "is train.average_loss_weight too low beside train.pixel_loss_weight?"
    )
