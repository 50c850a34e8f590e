"""A narrow FSRCNN that starts as part of a wide one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
import pytest

from classsr.checkpoints.native import read_arrays, save_network
from classsr.errors import ClassSRError
from classsr.models.backbones.fsrcnn import FSRCNN
from classsr.models.channel_pruning import fewer_inputs, init_by_pruning

Command = Callable[..., None]


@pytest.fixture
def tiles() -> np.ndarray:
    return np.random.default_rng(0).random((4, 3, 16, 16), dtype=np.float32)


def fsrcnn(d: int, *, seed: int, s: int = 12) -> FSRCNN:
    paddle.seed(seed)
    network = FSRCNN(d=d, s=s, init="bicubic")
    network.eval()
    return network


def test_what_the_others_repeat_can_go() -> None:
    inputs = np.random.default_rng(1).normal(size=(100, 4))
    inputs[:, 2] = 2 * inputs[:, 0] - inputs[:, 3]
    weight = np.arange(8.0).reshape(2, 4)
    kept, fewer = fewer_inputs(inputs, weight=weight, number=3)
    np.testing.assert_allclose(inputs[:, kept] @ fewer.T, inputs @ weight.T, atol=1e-6)


def test_idle_channels_are_not_missed(tiles: np.ndarray) -> None:
    wide, narrow = fsrcnn(10, seed=1), fsrcnn(6, seed=2)
    first, kernels = wide.head_conv[0].weight.numpy(), wide.tail_conv.weight.numpy()
    first[[4, 5, 7, 8]] = 0  # these make nothing, and nothing is made of the others
    kernels[[3, 6, 7, 9]] = 0
    wide.head_conv[0].weight.set_value(first)
    wide.tail_conv.weight.set_value(kernels)
    init_by_pruning(narrow, wide, tiles=tiles)
    lr = paddle.to_tensor(tiles)
    np.testing.assert_allclose(narrow(lr).numpy(), wide(lr).numpy(), atol=1e-4)


def test_what_is_lost_on_average_goes_into_the_bias(tiles: np.ndarray) -> None:
    wide, narrow = fsrcnn(10, seed=1), fsrcnn(5, seed=2)
    init_by_pruning(narrow, wide, tiles=tiles)
    lr = paddle.to_tensor(tiles)
    shrunk = [n.body_conv[0][0](n.head_conv(lr)).mean(axis=[0, 2, 3]) for n in (narrow, wide)]
    np.testing.assert_allclose(shrunk[0].numpy(), shrunk[1].numpy(), atol=1e-4)


def test_only_the_width_may_differ(tiles: np.ndarray) -> None:
    with pytest.raises(ClassSRError, match=r"all but its width d, but body_conv"):
        init_by_pruning(fsrcnn(6, seed=1, s=8), fsrcnn(10, seed=2), tiles=tiles)


def test_the_scale_may_not_differ(tiles: np.ndarray) -> None:
    with pytest.raises(ClassSRError, match="enlarges 2 times instead of 4"):
        init_by_pruning(fsrcnn(6, seed=1), FSRCNN(d=10, scale=2), tiles=tiles)


def test_a_training_can_start_so(
    training: Callable[[str, str], Path], tmp_path: Path, command: Command
) -> None:
    wide = fsrcnn(20, seed=1)
    path = tmp_path / "wide.safetensors"
    save_network(path, wide, spec={"type": "FSRCNN", "d": 20})
    option = f"path.prune_from={path}"
    overrides = [option, "logger.keep_checkpoints=9"]
    command("train", "-opt", training("x", "branch1"), "-o", *overrides)
    start, _ = read_arrays(tmp_path / "experiments/x/checkpoints/00000000.safetensors")
    np.testing.assert_array_equal(start["body_conv.1.weight"], wide.body_conv[1].weight.numpy())
    with pytest.raises(ClassSRError, match="only an FSRCNN can start as part"):
        options = ["train.allow_random_branches=true", option]
        command("train", "-opt", training("y", "ClassSR"), "-o", *options)
