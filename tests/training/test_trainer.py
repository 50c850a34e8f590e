"""Options of a training: averaged weights, parts of a batch, mixed precision, warm-up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
import pytest

from classsr.build.objective import build_objective
from classsr.checkpoints.native import read_arrays
from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.models.backbones.fsrcnn import FSRCNN
from classsr.models.spec import classsr_spec, create
from classsr.options.loading import load_options
from classsr.options.schema.training import TrainOptions
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.pixels import to_batch, to_uint8
from classsr.system.signals import Interrupted
from classsr.training.branch_errors import branch_errors
from classsr.training.ema import Ema
from classsr.training.lr_schedule import warmed_up

Command = Callable[..., None]
Training = Callable[[str, str], Path]


def last_weights(folder: Path, name: str) -> np.ndarray:
    arrays, _ = read_arrays(folder / "experiments" / name / "checkpoints" / "last.safetensors")
    return arrays["head_conv.0.weight"]


def losses(folder: Path, name: str) -> list[float]:
    rows = (folder / "experiments" / name / "scalars.csv").read_text().splitlines()
    return [float(row.split(",")[2]) for row in rows if ",loss," in row]


def test_averages_follow_the_weights_and_give_them_back() -> None:
    network = FSRCNN(d=8)
    ema = Ema(network, decay=0.75)
    bias = network.tail_conv.bias
    before = bias.numpy()
    bias.set_value(before + 4)
    ema.update()
    with ema.applied():
        np.testing.assert_allclose(bias.numpy(), before + 1, rtol=1e-6)
    np.testing.assert_array_equal(bias.numpy(), before + 4)


def test_the_last_weights_are_the_averaged_ones(
    training: Training, tmp_path: Path, command: Command
) -> None:
    command("train", "-opt", training("x", "branch1"), "-o", "train.ema_decay=0.5")
    folder = tmp_path / "experiments" / "x" / "checkpoints"
    state, _ = read_arrays(folder / "00000006.training.safetensors")
    averaged = last_weights(tmp_path, "x")
    np.testing.assert_array_equal(averaged, state["ema/head_conv.0.weight"])
    raw, _ = read_arrays(folder / "00000006.safetensors")
    assert np.abs(averaged - raw["head_conv.0.weight"]).max() > 0


def test_parts_of_a_batch_give_the_gradient_of_the_whole(
    training: Training, tmp_path: Path, command: Command
) -> None:
    command("train", "-opt", training("whole", "branch1"))
    command("train", "-opt", training("parts", "branch1"), "-o", "train.accumulate=2")
    whole, parts = (last_weights(tmp_path, name) for name in ("whole", "parts"))
    np.testing.assert_allclose(parts, whole, atol=2e-5)
    with pytest.raises(ClassSRError, match=r"1 processes x 3 parts .*found 4"):
        command("train", "-opt", training("x", "branch1"), "-o", "train.accumulate=3")


@pytest.mark.parametrize("network", ["branch1", "ClassSR"])
def test_the_squared_error_can_be_trained_on(
    training: Training, tmp_path: Path, command: Command, network: str
) -> None:
    options = ["train.pixel_criterion=l2", "train.allow_random_branches=true"]
    command("train", "-opt", training("x", network), "-o", *options)
    rows = (tmp_path / "experiments" / "x" / "scalars.csv").read_text()
    assert ",l2," in rows and ",l1," not in rows


def test_tiles_can_be_routed_within_budgets_in_training(
    training: Training, tmp_path: Path, command: Command
) -> None:
    overrides = ["-o", "train.allow_random_branches=true", "logger.print_freq=1"]
    command("train", "-opt", training("paper", "ClassSR"), *overrides)
    command("train", "-opt", training("x", "ClassSR"), *overrides, "train.budgets=[0.8]")
    paper, within = (losses(tmp_path, name) for name in ("paper", "x"))
    assert np.isfinite(within).all() and within != paper


def test_branches_that_stay_can_judge_every_tile_once(
    training: Training, tmp_path: Path, command: Command
) -> None:
    overrides = [
        *("train.allow_random_branches=true", "train.freeze_branches=true"),
        *("train.precompute_branch_errors=true", "train.budgets=[0.8]", "logger.print_freq=1"),
    ]
    command("train", "-opt", training("x", "ClassSR"), "-o", *overrides)
    rows = (tmp_path / "experiments" / "x" / "scalars.csv").read_text()
    assert ",gain," in rows and ",l1," not in rows
    errors = tmp_path / "experiments" / "x" / "errors_l1.npy"
    again = ["-opt", training("x", "ClassSR"), "--resume", "-o", *overrides, "train.niter=8"]
    found = np.load(errors)
    np.save(errors, found[1:])
    with pytest.raises(
        ClassSRError, match=r"errors_l1\.npy: expected errors \(8, 8, 8, 2\), found \(7, 8, 8, 2\)"
    ):
        command("train", *again)
    np.save(errors, np.sort(found, axis=3))
    with pytest.raises(ClassSRError, match=r"restore the training set best at .*; are they"):
        command("train", *again)
    errors.write_bytes(b"")
    with pytest.raises(ClassSRError, match=r"errors_l1\.npy: cannot be read .*; remove it"):
        command("train", *again)


def test_judging_can_be_interrupted(sub_images: Path) -> None:
    def stop() -> None:
        raise Interrupted

    network = create(classsr_spec([{"type": "FSRCNN", "d": 8}] * 2), scale=4)
    network.eval()
    dataset = PairFolder(gt=sub_images / "GT", lq=sub_images / "LR", scale=4)
    with pytest.raises(Interrupted):
        branch_errors(dataset, PaddleRunner(network), criterion="l2", check_interrupt=stop)


def test_judging_parts_sub_images_into_patches(sub_images: Path) -> None:
    class Narrow(PairFolder):
        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            lr, hr = super().__getitem__(index)
            return lr[:, 2:], hr[:, 8:]

    network = create(classsr_spec([{"type": "FSRCNN", "d": 8}] * 2), scale=4)
    network.eval()
    runner = PaddleRunner(network)
    whole = PairFolder(gt=sub_images / "GT", lq=sub_images / "LR", scale=4)
    errors = branch_errors(whole, runner, criterion="l2", check_interrupt=lambda: None)
    assert errors.shape == (8, 8, 8, 2)
    lr, hr = whole[5]
    restored = to_uint8(runner.run_branch(to_batch(lr[None]), 1))[0]
    patch = np.s_[16:32, 48:64]
    expected = np.square(restored[patch] / 255 - hr[patch] / 255).mean()
    assert errors[5, 1, 3, 1] == pytest.approx(expected, rel=1e-4)

    dataset = Narrow(gt=sub_images / "GT", lq=sub_images / "LR", scale=4)
    with pytest.raises(ClassSRError, match="of a multiple of 4 LR pixels, found 32 x 30"):
        branch_errors(dataset, runner, criterion="l2", check_interrupt=lambda: None)


def test_only_branches_that_stay_can_judge_once(training: Training, command: Command) -> None:
    with pytest.raises(
        ClassSRError, match="precompute_branch_errors needs freeze_branches, just one of budgets"
    ):
        option = "train.precompute_branch_errors=true"
        command("train", "-opt", training("x", "ClassSR"), "-o", option)


def test_a_budget_that_no_branch_meets_is_refused(training: Training, command: Command) -> None:
    with pytest.raises(
        ClassSRError, match=r"train\.budgets: 0\.01 is less than .* smallest branch"
    ):
        command("train", "-opt", training("x", "ClassSR"),
            "-o", "train.allow_random_branches=true", "train.budgets=[0.01]",
        )  # fmt: skip


@pytest.mark.skipif(paddle.get_device() != "cpu", reason="is about machines without a GPU")
def test_mixed_precision_needs_a_gpu(training: Training, command: Command) -> None:
    with pytest.raises(ClassSRError, match=r"train\.amp: mixed precision needs a GPU"):
        command("train", "-opt", training("x", "branch1"), "-o", "train.amp=bfloat16")


@pytest.mark.parametrize("network", ["branch1", "ClassSR"])
def test_a_compiled_network_learns_the_same(
    training: Training, tmp_path: Path, command: Command, network: str
) -> None:
    overrides = ["-o", "logger.print_freq=1", "train.lr=1e-4", "train.allow_random_branches=true"]
    command("train", "-opt", training("eager", network), *overrides)
    overrides.append("train.static_graph=true")
    command("train", "-opt", training("graph", network), *overrides)
    eager, graph = (losses(tmp_path, name) for name in ("eager", "graph"))
    assert len(eager) == 6
    np.testing.assert_allclose(graph, eager, rtol=1e-6)


def test_mixed_precision_is_not_compiled(training: Training) -> None:
    overrides = ["train.static_graph=true", "train.amp=bfloat16"]
    options = load_options(training("x", "branch1"), overrides=overrides, kind=TrainOptions)
    with pytest.raises(ClassSRError, match=r"train\.static_graph: not together with train\.amp"):
        build_objective(options, FSRCNN(d=8))


@pytest.mark.skipif(paddle.get_device() != "cpu", reason="is about machines without a GPU")
def test_pinned_memory_changes_nothing_on_a_cpu(
    training: Training, tmp_path: Path, command: Command
) -> None:
    command("train", "-opt", training("plain", "branch1"))
    overrides = ["datasets.train.pin_memory=true", "datasets.train.n_workers=1"]
    command("train", "-opt", training("pinned", "branch1"), "-o", *overrides)
    plain, pinned = (last_weights(tmp_path, name) for name in ("plain", "pinned"))
    np.testing.assert_array_equal(pinned, plain)


def test_gradients_are_clipped(training: Training, tmp_path: Path, command: Command) -> None:
    command("train", "-opt", training("x", "branch1"), "-o", "train.grad_clip=1e-12")
    command("train", "-opt", training("y", "branch1"), "-o", "train.grad_clip=1e12")
    command("train", "-opt", training("z", "branch1"))
    clipped, wide, without = (last_weights(tmp_path, name) for name in "xyz")
    np.testing.assert_array_equal(wide, without)
    assert np.abs(clipped - without).max() > 1e-5


def test_warm_up_rises_to_the_schedule() -> None:
    rate = warmed_up(lambda step: 8.0, steps=4)
    assert [rate(step) for step in (1, 2, 4, 5)] == [2, 4, 8, 8]
    assert warmed_up(lambda step: 8.0, steps=0)(1) == 8
