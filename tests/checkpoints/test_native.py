"""Checkpoints: round trips, optimizer state, and files that do not fit."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from classsr.checkpoints.native import load_network, load_weights, save_network
from classsr.errors import ClassSRError
from classsr.models.backbones.carn import CARN
from classsr.models.backbones.fsrcnn import FSRCNN
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
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(ClassSRError, match=r"pipe\.safetensors: is no file"):
        load_network(tmp_path / "pipe.safetensors")


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


# --- descriptions and numbers that cannot be true -------------------------------------------

WIDE = {"type": "FSRCNN", "d": 8}


def described(path: Path, description: Any, **arrays: np.ndarray) -> Path:
    """A checkpoint of a small FSRCNN under another description, with some other arrays."""
    own = {name: tensor.numpy() for name, tensor in FSRCNN(d=8).state_dict().items()}
    text = description if isinstance(description, str) else json.dumps(description)
    metadata = {"format": "classsr-1", "description": text}
    save_file(own | arrays, path, metadata=metadata)
    return path


def test_the_checkpoint_that_the_next_tests_change(tmp_path: Path) -> None:
    """Its metadata has two keys, as earlier versions wrote them."""
    path = described(tmp_path / "x.safetensors", {"network": WIDE, "scale": 4})
    assert load_network(path)[1] == WIDE


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("", "its description is no JSON"),
        ("{", "its description is no JSON"),
        ("[" * 100_000, "its description is no JSON"),
        ("[]", "is of another version"),
        ("7", "is of another version"),
        ({}, "scale None: expected one of"),
        ({"network": WIDE}, "scale None: expected one of"),
        ({"network": [WIDE], "scale": 4}, "network .*: expected one of ClassSR, FSRCNN"),
        ({"network": {"type": ["FSRCNN"]}, "scale": 4}, "network .*: expected one of"),
        ({"network": {"type": "EDSR"}, "scale": 4}, "network 'EDSR': expected one of"),
        ({"network": {"type": "ClassSR", "branches": []}, "scale": 4}, "branches: List should"),
        ({"network": {"type": "ClassSR", "branches": {}}, "scale": 4}, "branches: Input should"),
        ({"network": {"type": "ClassSR"}, "scale": 4}, "branches: Field required"),
        ({"network": {"type": "ClassSR", "branches": [7]}, "scale": 4}, r"branches\.0: Input"),
        (
            {"network": {"type": "ClassSR", "branches": [CLASSSR]}, "scale": 4},
            "a branch is no ClassSR",
        ),
        (
            {"network": CLASSSR, "scale": 4},
            "2 branches are described, 1 have weights",
        ),
        *(
            ({"network": WIDE, "scale": scale}, f"scale {scale}: expected one of")
            for scale in (0, -4, 2.5, 10**6, True)
        ),
        *(
            ({"network": {**WIDE, key: value}, "scale": 4}, f"{key}: Input should")
            for key, value in (("d", -1), ("d", 10**7), ("d", "8"), ("m", 10**6), ("init", 7))
        ),
        ({"network": {**WIDE, "d": 9}, "scale": 4}, "d 9 is described, the weights have 8"),
        ({"network": {**WIDE, "m": 999}, "scale": 4}, "m 999 is described, the weights have 4"),
        (
            {"network": {"type": "CARN"}, "scale": 4},
            "type CARN is described, the weights have FSRCNN",
        ),
    ],
)
def test_a_description_that_cannot_be_true_is_refused(
    tmp_path: Path, description: Any, reason: str
) -> None:
    path = described(tmp_path / "x.safetensors", description)
    with pytest.raises(ClassSRError, match=f"x.safetensors: .*{reason}") as refusal:
        load_network(path)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64", "bool"])
def test_weights_of_other_numbers_are_refused(tmp_path: Path, dtype: str) -> None:
    bias = np.ones(8, dtype)
    path = described(
        tmp_path / "x.safetensors", {"network": WIDE, "scale": 4}, **{"head_conv.0.bias": bias}
    )
    with pytest.raises(ClassSRError, match=f"head_conv.0.bias is of {dtype}; expected float32"):
        load_network(path)


@pytest.mark.parametrize(("dtype", "size"), [("BF16", 2), ("F8_E4M3", 1), ("F8_E5M2", 1)])
def test_numbers_that_numpy_does_not_know_are_refused(
    tmp_path: Path, dtype: str, size: int
) -> None:
    header = json.dumps(
        {
            "__metadata__": {"description": "{}"},
            "w": {"dtype": dtype, "shape": [4], "data_offsets": [0, 4 * size]},
        }
    ).encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4 * size))
    with pytest.raises(ClassSRError, match=f"x.safetensors: holds numbers of the type {dtype};"):
        load_network(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    bias = np.array([0, value] * 4, np.float32)
    path = described(
        tmp_path / "x.safetensors", {"network": WIDE, "scale": 4}, **{"head_conv.0.bias": bias}
    )
    with pytest.raises(ClassSRError, match=r"x\.safetensors: .*not finite: head_conv\.0\.bias"):
        load_network(path)
    with pytest.raises(ClassSRError, match="not finite"):
        load_weights(FSRCNN(d=8), path)


def test_equal_checkpoints_have_equal_bytes(tmp_path: Path) -> None:
    """The library writes metadata of several keys in an order that changes."""
    network = FSRCNN(d=8)
    paths = [tmp_path / f"{number}.safetensors" for number in range(8)]
    for path in paths:
        save_network(path, network, spec=WIDE)
    assert len({path.read_bytes() for path in paths}) == 1
    with safe_open(paths[0], framework="numpy") as file:
        assert list(file.metadata()) == ["description"]
