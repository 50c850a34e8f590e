"""Gains of the steps to costlier branches, and a classifier that learns to predict them."""

from __future__ import annotations

import numpy as np
import paddle
import pytest

from classsr.errors import ClassSRError
from classsr.inference.routing import most_probable, within_budget
from classsr.training.gain_targets import gains_of_steps
from classsr.training.losses import SHARPNESS, gain_loss

COSTS = [0.3, 0.65, 1.0]


def errors(number: int = 500) -> np.ndarray:
    """Each branch takes away a part of the error before it, the last one less than the second."""
    rng = np.random.default_rng(0)
    simple = rng.lognormal(sigma=2, size=(number, 2, 2, 1))
    parts = simple * [1, 0.5, 0.4] * rng.uniform(0.98, 1, (number, 2, 2, 3))
    return parts.astype(np.float32)


def harmed() -> np.ndarray:
    """The same, but the last step does harm on a quarter of the patches."""
    known = errors()
    known[:, 0, 0, 2] = 1.2 * known[:, 0, 0, 1]
    return known


def predicting(gains: np.ndarray) -> np.ndarray:
    """The logits of a classifier that predicts the gains of all steps, which are well above 0."""
    steps = SHARPNESS * np.diff(COSTS) * (gains - 1)
    return np.pad(steps.cumsum(axis=1), ((0, 0), (1, 0))).astype(np.float32)


@pytest.mark.parametrize("budget", [0.31, 0.5, 0.65, 0.9])
@pytest.mark.parametrize("known", [errors(), harmed()])
def test_steps_that_gain_their_price_spend_the_budget(known: np.ndarray, budget: float) -> None:
    gains = gains_of_steps(known, costs=COSTS, budget=budget)
    assert gains.dtype == np.float32 and gains.shape == (500, 2, 2, 2)
    classes = (gains.mean(axis=(1, 2)) >= 1).sum(axis=1)
    assert np.array(COSTS)[classes].mean() == pytest.approx(budget, abs=1 / 500)


def test_a_step_that_does_harm_gains_nothing() -> None:
    patches = np.array([[2.0, 1.0, 1.5], [2, 1, 0.5]])[None, None]
    ((one, other),) = gains_of_steps(patches, costs=COSTS, budget=0.5)[0]
    assert one[1] == 0 and one[0] == other[0] > other[1] > 0


def test_branches_that_do_worse_cannot_spend_a_budget() -> None:
    with pytest.raises(ClassSRError, match=r"best at 30\.0% .*, no more than the 50\.0%"):
        gains_of_steps(np.array([[[[1.0, 2.0, 3.0]]]]), costs=COSTS, budget=0.5)


def test_the_logits_of_a_classifier_that_knows_serve_every_budget() -> None:
    known = errors().mean(axis=(1, 2))
    gains = gains_of_steps(errors(), costs=COSTS, budget=0.6).mean(axis=(1, 2))
    logits = predicting(gains.astype(np.float64))
    assert (most_probable(logits) != (gains >= 1).sum(axis=1)).sum() <= 1
    for budget in (0.4, 0.8):
        classes = within_budget(logits, costs=np.array(COSTS), budget=budget)
        best = within_budget(-known, costs=np.array(COSTS), budget=budget)
        assert (classes != best).sum() <= 1  # of equal gains but for rounding


def test_the_loss_is_least_at_the_mean_gain() -> None:
    gains = paddle.to_tensor([[1.0, 4.0], [3.0, 0.5], [5.0, 0.0]])

    def loss(first: float, second: float) -> float:
        logits = paddle.to_tensor(predicting(np.array([[first, second]] * 3)))
        return float(gain_loss(logits, gains, costs=COSTS))

    assert loss(3, 1.5) > 0
    for nearby in ((2.8, 1.5), (3.2, 1.5), (3, 1.4), (3, 1.6)):
        assert loss(*nearby) > loss(3, 1.5)


def test_the_loss_is_the_mean_over_all_patches() -> None:
    logits, gains = paddle.rand([2, 3, 4, 3]), paddle.rand([2, 3, 4, 2])
    each = [
        gain_loss(logit, target, costs=COSTS).item()
        for logit, target in zip(logits.reshape([24, 1, 3]), gains.reshape([24, 1, 2]), strict=True)
    ]
    assert gain_loss(logits, gains, costs=COSTS).item() == pytest.approx(np.mean(each), rel=1e-5)


def test_the_loss_of_wide_steps_counts_more() -> None:
    gains, wrong = paddle.to_tensor([[4.0, 1.0]]), paddle.to_tensor([[1.0, 4.0]])
    logits = paddle.zeros([1, 3])  # say that each is gains 1
    wide, narrow = (
        float(gain_loss(logits, target, costs=[0, 0.9, 1])) for target in (gains, wrong)
    )
    assert wide == pytest.approx(9 * narrow, rel=0.01)


def test_the_loss_is_a_tweedie_deviance() -> None:
    """Three eighths of it, of power 1.75, as scikit-learn's mean_tweedie_deviance has it."""
    predicted, gains, power = np.array([3.0, 3.0]), np.array([2.0, 5.0]), 1.75
    deviance = 2 * (
        gains ** (2 - power) / ((1 - power) * (2 - power))
        - gains * predicted ** (1 - power) / (1 - power)
        + predicted ** (2 - power) / (2 - power)
    )
    logits, target = paddle.to_tensor(predicting(predicted[None])), paddle.to_tensor([[2.0, 5.0]])
    loss = float(gain_loss(logits, target, costs=COSTS))
    assert loss == pytest.approx(3 / 8 * deviance.mean(), rel=1e-3)


def test_the_loss_is_finite_where_the_softplus_says_nothing() -> None:
    """And so is its gradient: there the softplus is 0 in float32."""
    logits = paddle.to_tensor([[0.0, -1e4, -2e4]], stop_gradient=False)
    loss = gain_loss(logits, paddle.to_tensor([[0.0, 3.0]]), costs=COSTS)
    loss.backward()
    assert np.isfinite(loss.item()) and np.isfinite(logits.grad.numpy()).all()
