"""Faults that a training meets: it recovers, or stops with the last good state intact."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

from classsr.build import objective as objectives
from classsr.build.training import build_divergence_detector
from classsr.checkpoints.native import load_network, read_arrays
from classsr.errors import ClassSRError
from classsr.options.schema.train_stage import TrainStageOptions
from classsr.training.divergence import Diverged, DivergenceDetector
from classsr.training.objectives import Terms, branch_objective

Command = Callable[..., None]
Training = Callable[[str, str], Path]


def guard_after(losses: list[float], **options: Any) -> DivergenceDetector:
    guard = DivergenceDetector(**options)
    for step, loss in enumerate(losses, start=1):
        guard.inspect(step, {"loss": loss})
    return guard


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1000.0])
def test_a_bad_loss_is_named_with_step_and_terms(bad: float) -> None:
    guard = guard_after([1.0, 1.2])
    with pytest.raises(Diverged, match=r"step 3: loss \S+, l1 7"):
        guard.inspect(3, {"loss": bad, "l1": 7.0})
    assert guard.recent == [1.0, 1.2]  # a bad loss does not move the estimate


def test_scatter_and_a_few_bad_losses_are_no_spike() -> None:
    scatter = np.random.default_rng(0).lognormal(sigma=0.7, size=2000).tolist()
    guard = guard_after(scatter)
    assert len(guard.recent) == 100
    assert len(guard_after([1.0] * 30 + [9.0] * 2 + [9.0]).recent) == 33


def test_the_first_losses_may_scatter_more() -> None:
    assert len(guard_after([0.02, 0.4]).recent) == 2
    with pytest.raises(Diverged):
        guard_after([0.02] * 20 + [0.4])


@pytest.mark.parametrize(("criterion", "spike"), [("l1", 10), ("l2", 100)])
def test_the_squared_error_may_scatter_more(criterion: str, spike: float) -> None:
    cosine = {"type": "CosineAnnealingLR_Restart", "T_period": [1]}
    options = {"niter": 1, "lr": 1e-3, "scheduler": cosine, "pixel_criterion": criterion}
    assert build_divergence_detector(TrainStageOptions.model_validate(options)).spike == spike


def test_tries_slow_down_and_are_forgiven() -> None:
    guard = DivergenceDetector(tries=2, slowdown=0.5, cooldown=10)
    assert guard.rate_factor(1) == 1
    assert guard.note_failure(100)
    assert (guard.rate_factor(90), guard.rate_factor(110), guard.rate_factor(111)) == (0.5, 0.5, 1)
    assert guard.note_failure(115)
    assert guard.rate_factor(116) == 0.25
    assert not guard.note_failure(116)
    assert guard.note_failure(137)
    assert guard.failures == 1


def faulty(monkeypatch: pytest.MonkeyPatch, *, calls: range, factor: float) -> None:
    """Multiply the loss in these steps."""
    count = -1  # the first call checks that every term has a weight

    def objective(*given: Any, **options: Any) -> Terms:
        nonlocal count
        count += 1
        terms = branch_objective(*given, **options)
        return Terms({"l1": terms.losses["l1"] * factor}) if count in calls else terms

    monkeypatch.setattr(objectives, "branch_objective", objective)


@pytest.mark.parametrize("factor", [math.nan, math.inf, 1e4], ids=["nan", "inf", "spike"])
def test_a_fault_that_passes_is_repeated_at_a_lower_rate(
    training: Training,
    tmp_path: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    factor: float,
) -> None:
    faulty(monkeypatch, calls=range(4, 5), factor=factor)
    command("train", "-opt", training("x", "branch1"), "-o", "train.divergence.cooldown=1")
    folder = tmp_path / "experiments" / "x"
    log = (folder / "train.log").read_text()
    assert "training diverged at step 4: loss" in log
    assert "back to step 2, learning rate times 0.1 up to step 5" in log
    rows = [row.split(",") for row in (folder / "scalars.csv").read_text().splitlines()[1:]]
    losses = {int(step): float(value) for step, name, value in rows if name == "l1"}
    assert list(losses) == [2, 4, 6]
    assert all(math.isfinite(loss) for loss in losses.values())
    rates = {int(step): float(value) for step, name, value in rows if name == "lr"}
    assert rates[4] < 1e-4 < rates[2]


def test_a_fault_that_stays_ends_with_advice(
    training: Training, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(monkeypatch, calls=range(5, 1000), factor=math.nan)
    path = training("x", "branch1")
    with pytest.raises(ClassSRError, match=r"step 3: loss nan, l1 nan; gave up after 3 tries"):
        command("train", "-opt", path)
    load_network(tmp_path / "experiments" / "x" / "checkpoints" / "00000002.safetensors")


def test_a_rate_1000_times_too_high_on_rcan_is_survived_or_ends_with_advice(
    training: Training, tmp_path: Path, command: Command
) -> None:
    small = "{type: RCAN, n_feats: 8, n_resgroups: 1, n_resblocks: 2, reduction: 4}"
    path = training("x", "branch1")
    overrides = (
        "-o",
        f"branches=[{small}]",
        "train.pixel_loss_weight=255",
        "logger.keep_checkpoints=99",
    )
    command("train", "-opt", path, *overrides, "train.lr=2e-4")
    folder = tmp_path / "experiments" / "x" / "checkpoints"
    good, _ = read_arrays(folder / "00000006.safetensors")
    more = ("train.niter=40", "train.scheduler.T_period=[40]", "train.divergence.cooldown=5")
    try:
        command("train", "-opt", path, "--resume", *overrides, *more, "train.lr=0.2")
    except ClassSRError as error:
        assert "gave up after 3 tries" in str(error)
    assert "training diverged at step" in (folder.parent / "train.log").read_text()
    network, _ = load_network(sorted(folder.glob("0*[0-9].safetensors"))[-1])
    sr = network(paddle.rand([1, 3, 32, 32]))
    assert bool(paddle.isfinite(sr).all())
    for name, array in read_arrays(folder / "00000006.safetensors")[0].items():
        np.testing.assert_array_equal(array, good[name])
