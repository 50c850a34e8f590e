"""Every term of an objective has a weight, which is checked before the first step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import paddle
import pytest

from classsr.build import objective
from classsr.build.objective import check_terms
from classsr.build.training import build_state
from classsr.errors import ClassSRError
from classsr.options.loading import load_options
from classsr.options.schema.training import TrainOptions
from classsr.training.objectives import Terms

RANDOM = "train.allow_random_branches=true"
PRECOMPUTED = (
    "train.freeze_branches=true", "train.precompute_branch_errors=true", "train.budgets=[0.8]",
)  # fmt: skip


@pytest.mark.parametrize(
    ("network", "overrides"),
    [
        ("branch1", ["train.pixel_criterion=l2"]),
        ("ClassSR", [RANDOM]),
        ("ClassSR", [RANDOM, *PRECOMPUTED]),
    ],
)
def test_every_term_of_ours_has_one(
    training: Callable[[str, str], Path], network: str, overrides: list[str]
) -> None:
    options = load_options(training("x", network), overrides=overrides, kind=TrainOptions)
    state = build_state(options)
    before = {name: tensor.numpy() for name, tensor in state.network.state_dict().items()}
    state.network.train()
    check_terms(options, state.network)
    assert state.network.training
    for name, tensor in state.network.state_dict().items():
        assert (tensor.numpy() == before[name]).all()


def test_a_term_without_a_weight_is_one_line(
    training: Callable[[str, str], Path],
    command: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def edges(network: paddle.nn.Layer, lr: paddle.Tensor, hr: paddle.Tensor, **_: object) -> Terms:
        return Terms({"l1": (network(lr) - hr).abs().mean(), "edge": network(lr).abs().mean()})

    monkeypatch.setattr(objective, "branch_objective", edges)
    with pytest.raises(ClassSRError, match="the loss term 'edge' has no weight; give it one in"):
        command("train", "-opt", training("x", "branch1"))
