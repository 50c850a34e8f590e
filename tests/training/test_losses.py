"""Class and average loss: extremes, closed forms and any number of classes."""

from __future__ import annotations

import numpy as np
import paddle
import pytest

from classsr.training.losses import (
    PixelCriterion,
    average_loss,
    class_loss,
    image_errors,
    patch_errors,
    routed_loss,
)


@pytest.mark.parametrize("m", [2, 3, 4, 7])
def test_extremes(m: int) -> None:
    uniform = paddle.full([12, m], 1 / m)
    one_class = paddle.eye(m)[:1].tile([12, 1])
    assert float(class_loss(uniform)) == pytest.approx(m - 1, abs=1e-6)
    assert float(average_loss(uniform)) == pytest.approx(0, abs=1e-6)
    assert float(class_loss(one_class)) == pytest.approx(0, abs=1e-6)
    assert float(average_loss(one_class)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("m", [2, 3, 5])
def test_equal_the_written_out_sums(m: int) -> None:
    p = np.random.default_rng(m).dirichlet(np.ones(m), size=10).astype(np.float32)
    pairs = [abs(row[i] - row[j]) for row in p for i in range(m) for j in range(i + 1, m)]
    expected = (m - 1) - sum(pairs) / len(p)
    assert float(class_loss(paddle.to_tensor(p))) == pytest.approx(expected, rel=1e-5)
    share = len(p) / m
    expected = sum(abs(p[:, c].sum() - share) for c in range(m)) / (share * 2 * (m - 1))
    assert float(average_loss(paddle.to_tensor(p))) == pytest.approx(expected, rel=1e-5)


def test_balanced_certainty_costs_nothing() -> None:
    p = paddle.eye(3).tile([4, 1])
    assert float(class_loss(p)) == 0
    assert float(average_loss(p)) == 0


@pytest.mark.parametrize(("criterion", "expected"), [("l1", [0.5, 0.75]), ("l2", [0.25, 0.625])])
def test_every_image_has_its_error(criterion: PixelCriterion, expected: list[float]) -> None:
    sr, hr = paddle.to_tensor([[0.5, 0.5], [0.0, 1.0]]), paddle.to_tensor([[1.0, 0.0], [0.5, 0.0]])
    errors = image_errors(sr.reshape([2, 1, 1, 2]), hr.reshape([2, 1, 1, 2]), criterion)
    assert errors.tolist() == expected


@pytest.mark.parametrize("criterion", ["l1", "l2"])
def test_every_patch_has_its_error(criterion: PixelCriterion) -> None:
    sr, hr = paddle.rand([2, 3, 8, 12]), paddle.rand([2, 3, 8, 12])
    errors = patch_errors(sr, hr, criterion, patch=4)
    assert errors.shape == [2, 2, 3]
    one = image_errors(sr[1:, :, 4:, :4], hr[1:, :, 4:, :4], criterion)
    assert float(errors[1, 1, 0]) == pytest.approx(one.item(), rel=1e-6)


def test_the_loss_of_routed_tiles_is_that_of_their_branches() -> None:
    errors = paddle.to_tensor([[1.0, 4.0], [1.0, 4.0]])
    first, either = paddle.to_tensor([[1.0, 0.0]] * 2), paddle.to_tensor([[1.0, 0.0], [0.5, 0.5]])
    assert float(routed_loss(errors, [first])) == 1
    assert float(routed_loss(errors, [either])) == (1 + (1 + 4) / 2) / 2
    assert float(routed_loss(errors, [first, either])) == (1 + (1 + 2.5) / 2) / 2
