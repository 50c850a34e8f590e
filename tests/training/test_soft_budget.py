"""The classifier's probabilities within a budget."""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

from classsr.inference.routing import within_budget as hard
from classsr.training.objectives import soft_within_budget

COSTS = [0.3, 0.65, 1.0]


def logits(scale: float = 3.0, number: int = 32) -> paddle.Tensor:
    values = np.random.default_rng(0).normal(scale=scale, size=(number, 3))
    return paddle.to_tensor(values, dtype="float32", stop_gradient=False)


@pytest.mark.parametrize("scale", [0.1, 3.0, 100.0])
@pytest.mark.parametrize("budget", [0.35, 0.65, 0.95])
def test_the_mean_cost_is_the_budget(scale: float, budget: float) -> None:
    p = soft_within_budget(logits(scale), costs=COSTS, budget=budget).numpy()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    # Where all is sure, the mean moves in steps of one tile.
    tolerance = 1e-5 if scale < 50 else 0.35 / 32
    assert (p @ COSTS).mean() == pytest.approx(budget, abs=tolerance)


def test_its_own_cost_leaves_the_softmax_alone() -> None:
    p = F.softmax(logits(), axis=1).numpy()
    own = float((p @ COSTS).mean())
    np.testing.assert_allclose(soft_within_budget(logits(), costs=COSTS, budget=own), p, atol=1e-5)


def test_sure_logits_give_the_classes_of_the_router() -> None:
    sure = logits(scale=1000.0)
    classes = (sure.numpy() - 700 * np.array(COSTS)).argmax(axis=1)
    budget = np.array(COSTS)[classes].mean() + 1e-3  # so that no tile is between two classes
    soft = soft_within_budget(sure, costs=COSTS, budget=budget).numpy().argmax(axis=1)
    assert len(set(classes)) == 3
    np.testing.assert_array_equal(hard(sure.numpy(), costs=np.array(COSTS), budget=budget), classes)
    np.testing.assert_array_equal(soft, classes)


def test_the_gradient_is_that_of_finite_differences_and_keeps_the_cost() -> None:
    gains = np.random.default_rng(1).random((32, 3)).astype(np.float32)
    z = logits()
    (soft_within_budget(z, costs=COSTS, budget=0.6) * paddle.to_tensor(gains)).sum().backward()
    gradient = z.grad.numpy().copy()
    assert abs((gradient * COSTS).sum()) < 1e-3 * np.abs(gradient * COSTS).sum()

    def value(tile: int, change: float) -> float:
        moved = logits().numpy()
        moved[tile, 2] += change
        p = soft_within_budget(paddle.to_tensor(moved), costs=COSTS, budget=0.6).numpy()
        return float((p.astype(np.float64) * gains).sum())

    for tile in range(3):
        difference = (value(tile, 0.05) - value(tile, -0.05)) / 0.1
        assert gradient[tile, 2] == pytest.approx(difference, rel=0.02, abs=2e-4)
