"""The watch over the classifier, and target shares of the classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
import pytest

from classsr.errors import ClassSRError
from classsr.training.losses import average_loss
from classsr.training.router_health import collapse, router_statistics

Command = Callable[..., None]
Training = Callable[[str, str], Path]


def statistics(rows: list[list[float]]) -> dict[str, float]:
    values = router_statistics(paddle.to_tensor(rows, dtype="float32"))
    return {name: float(value) for name, value in values.items()}


def test_statistics_at_their_extremes() -> None:
    sure = statistics([[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0]])
    expected = {"class1": 0.75, "class2": 0.25, "class3": 0, "entropy": 0, "margin": 1}
    assert sure == pytest.approx(expected, abs=1e-6)
    uniform = statistics([[1 / 3] * 3] * 4)
    assert (uniform["entropy"], uniform["margin"]) == pytest.approx((1, 0), abs=1e-6)


def test_collapse_is_told_from_use_of_all_classes() -> None:
    collapsed = {"class": 0.01, "average": 0.99, "class1": 0.0, "class2": 1.0, "class3": 0.0}
    assert "100% of the tiles go to class2" in collapse(collapsed)
    assert "path.pretrain_branches" in collapse(collapsed)
    assert not collapse(collapsed | {"average": 0.1})
    assert not collapse(collapsed | {"class": 1.9})
    assert not collapse({"loss": 0.0, "l1": 0.0})


def test_target_shares_of_the_classes() -> None:
    p = paddle.eye(3)[paddle.to_tensor([0, 0, 1, 2])]
    shares = [0.5, 0.25, 0.25]
    assert float(average_loss(p, class_shares=shares)) == 0
    worst = paddle.eye(3)[paddle.to_tensor([2, 2, 2, 2])]
    assert float(average_loss(worst, class_shares=shares)) == pytest.approx(1)
    random = paddle.to_tensor(np.random.default_rng(0).dirichlet([1] * 3, 8).astype("float32"))
    equal = average_loss(random, class_shares=[1 / 3] * 3)
    assert float(equal) == float(average_loss(random))


def test_random_branches_are_refused(training: Training, command: Command) -> None:
    path = training("x", "ClassSR")
    with pytest.raises(ClassSRError, match=r"random branches .* train.allow_random_branches=true"):
        command("train", "-opt", path)


def test_forced_on_random_branches_the_collapse_is_announced(
    training: Training, tmp_path: Path, command: Command
) -> None:
    path = training("x", "ClassSR")
    command(
        "train",
        *("-opt", path, "-o", "train.allow_random_branches=true", "train.freeze_branches=true"),
        *("branches=[{type: FSRCNN, d: 8}, {type: FSRCNN, d: 12}]", "train.pixel_loss_weight=1000"),
        *("train.niter=150", "logger.print_freq=25", "logger.save_checkpoint_freq=500"),
        *("val.val_freq=500", "train.lr=2e-3", "train.scheduler.T_period=[2000]"),
    )
    log = (tmp_path / "experiments" / "x" / "train.log").read_text()
    assert "the router has collapsed: 100% of the tiles go to class" in log


def test_a_ratio_needs_an_entry_for_each_branch(training: Training, command: Command) -> None:
    path = training("x", "ClassSR")
    with pytest.raises(ClassSRError, match="class_shares needs one entry for each of branches"):
        command("train", "-opt", path, "-o", "train.class_shares=[1, 2, 3]")
