"""Checkpoints: round trips, optimizer state, and files that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paddle
import pytest
from safetensors.numpy import save_file

from classsr.checkpoints.native import load_network, load_weights, save_network
from classsr.errors import ClassSRError
from classsr.models import CARN, FSRCNN
from classsr.models.spec import create
from classsr.training.optimizer_state import optimizer_arrays, set_optimizer

CLASSSR = {"type": "ClassSR", "branches": [{"type": "FSRCNN", "d": 8}, {"type": "CARN", "nf": 8}]}


def test_a_checkpoint_brings_its_network_back(tmp_path: Path) -> None:
    network = create(CLASSSR, scale=3)
    save_network(tmp_path / "x.safetensors", network, spec=CLASSSR)
    loaded, spec = load_network(tmp_path / "x.safetensors")
    assert (spec, loaded.scale, loaded.training) == (CLASSSR, 3, False)
    for name, tensor in network.state_dict().items():
        np.testing.assert_array_equal(loaded.state_dict()[name].numpy(), tensor.numpy())


def test_a_checkpoint_of_another_backbone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "carn.safetensors"
    save_network(path, CARN(nf=8), spec={"type": "CARN", "nf": 8})
    with pytest.raises(ClassSRError, match="no checkpoint of this FSRCNN: missing: head_conv"):
        load_weights(FSRCNN(d=8), path)


def test_another_width_is_named_with_both_shapes(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_network(path, FSRCNN(d=8), spec={"type": "FSRCNN", "d": 8})
    with pytest.raises(ClassSRError, match=r"misshapen: head_conv.0.weight \(8, 3, 5, 5\) instead"):
        load_weights(FSRCNN(d=16), path)


def test_foreign_damaged_and_missing_files_are_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": np.zeros(3)}, foreign)
    with pytest.raises(ClassSRError, match="no checkpoint of this project"):
        load_network(foreign)
    whole = tmp_path / "whole.safetensors"
    save_network(whole, FSRCNN(d=8), spec={"type": "FSRCNN", "d": 8})
    damaged = tmp_path / "damaged.safetensors"
    for length in (0, 7, 100, whole.stat().st_size - 10):
        damaged.write_bytes(whole.read_bytes()[:length])
        with pytest.raises(ClassSRError, match="damaged"):
            load_network(damaged)
    with pytest.raises(ClassSRError, match="cannot read the checkpoint"):
        load_network(tmp_path / "none.safetensors")


def test_a_network_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_network(path, FSRCNN(d=8), spec={"type": "FSRCNN", "d": 8, "attention": True})
    with pytest.raises(ClassSRError, match="does not describe a network of this version"):
        load_network(path)


def test_optimizer_state_does_not_depend_on_automatic_names() -> None:
    def trained(steps: int) -> tuple[FSRCNN, paddle.optimizer.Optimizer]:
        paddle.seed(0)
        network = FSRCNN(d=8)
        return network, step(network, None, steps)

    def step(
        network: FSRCNN, adam: paddle.optimizer.Optimizer | None, steps: int
    ) -> paddle.optimizer.Optimizer:
        adam = adam or paddle.optimizer.Adam(1e-2, parameters=network.parameters())
        for _ in range(steps):
            network(paddle.ones([1, 3, 8, 8])).abs().mean().backward()
            adam.step()
            adam.clear_grad()
        return adam

    reference, _ = trained(4)
    halfway, adam = trained(2)
    arrays = optimizer_arrays(halfway, adam)
    assert "head_conv.0.weight/moment1_0" in arrays
    FSRCNN(d=8)  # moves the automatic names on
    resumed = FSRCNN(d=8)
    resumed.set_state_dict(halfway.state_dict())
    fresh = paddle.optimizer.Adam(1e-2, parameters=resumed.parameters())
    set_optimizer(resumed, fresh, arrays)
    step(resumed, fresh, 2)
    for name, tensor in reference.state_dict().items():
        np.testing.assert_array_equal(resumed.state_dict()[name].numpy(), tensor.numpy())
