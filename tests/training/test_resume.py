"""A training that is killed at any moment ends as one that was not."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classsr.checkpoints.native import load_network, read_arrays
from classsr.cli.main import main
from classsr.errors import ClassSRError
from classsr.evaluation import image_scores
from classsr.system import files
from classsr.training.trainer import Trainer

Command = Callable[..., None]
Training = Callable[[str, str], Path]

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["classsr.cli.train"])
PACE = 0.01  # seconds that a step takes at least, so that the kills fall within the training
LONG = [
    *("train.niter=250", "train.scheduler.T_period=[250]", "logger.print_freq=7"),
    *("logger.save_checkpoint_freq=5", "val.val_freq=50"),
]


def train_until(arguments: list[str], saving: int) -> None:
    """Train in this process, and kill it while it writes its file number `saving`, if any."""
    slow_step, fsync, count = Trainer._step, os.fsync, 0

    def step(self: Trainer, *given: Any) -> None:
        time.sleep(PACE)
        slow_step(self, *given)

    def kill_or_sync(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count == saving:
            os.kill(os.getpid(), signal.SIGKILL)
        fsync(descriptor)

    Trainer._step = step
    files.os.fsync = kill_or_sync
    main(["train", *arguments])


def killed(arguments: list[str], rng: random.Random, *, saving: bool) -> bool:
    """Train until a random moment, or one of the next files; False where the training ended."""
    number = rng.randint(2, 5) if saving else 0
    process = SERVER.Process(target=train_until, args=(arguments, number))
    process.start()
    process.join(None if saving else rng.uniform(0.1, 0.45))
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def results(folder: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """The arrays of the last checkpoint and of the best, and the scalars but for the timing."""
    arrays = {
        f"{path.name}/{name}": array
        for path in sorted((folder / "checkpoints").iterdir())
        for name, array in read_arrays(path)[0].items()
    }
    rows = (folder / "scalars.csv").read_text().splitlines()
    return arrays, [row for row in rows if "avg_" not in row and "ips" not in row]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "changes"),
    [
        ("branch1", ["train.ema_decay=0.9"]),
        ("branch1", ["datasets.train.n_workers=2", "datasets.train.prefetch_factor=4"]),
        ("ClassSR", ["train.allow_random_branches=true", "train.freeze_branches=true"]),
    ],
    ids=["averaged", "two workers", "classifier"],
)
def test_ten_kills_change_nothing(
    training: Training, tmp_path: Path, command: Command, network: str, changes: list[str]
) -> None:
    rng = random.Random(network)
    overrides = ["-o", *LONG, *changes]
    command("train", "-opt", training("whole", network), *overrides)
    broken = ["-opt", str(training("broken", network)), *overrides]
    folder = tmp_path / "experiments" / "broken"
    for number in range(10):
        resume = ["--resume"] if folder.exists() else []
        assert killed(broken + resume, rng, saving=number % 2 == 1)
    command("train", *broken, "--resume")
    expected, rows = results(tmp_path / "experiments" / "whole")
    found, rows_found = results(folder)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    assert rows_found == rows


def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    training: Training, tmp_path: Path, command: Command, caplog: pytest.LogCaptureFixture
) -> None:
    path = training("x", "branch1")
    command("train", "-opt", path, "-o", "train.niter=4")
    newest = tmp_path / "experiments" / "x" / "checkpoints" / "00000004.safetensors"
    newest.write_bytes(newest.read_bytes()[:-100])
    command("train", "-opt", path, "--resume")
    assert "00000004.safetensors: the checkpoint is damaged" in caplog.text
    assert "trying the checkpoint before it" in caplog.text
    assert "resumed after step 2" in caplog.text
    for damaged in newest.parent.glob("0*.safetensors"):
        damaged.write_bytes(b"")
    with pytest.raises(ClassSRError, match="none of its checkpoints can be read"):
        command("train", "-opt", path, "--resume")


def test_resuming_what_does_not_exist_is_refused(training: Training, command: Command) -> None:
    with pytest.raises(ClassSRError, match="no such experiment; start it without --resume"):
        command("train", "-opt", training("x", "branch1"), "--resume")


def stop_in_validation(arguments: list[str], number: int) -> None:
    """Train in this process, which sends a signal to itself at the first validated image."""
    truth = Interrupting(image_scores.crop_ground_truth, number)
    image_scores.crop_ground_truth = truth
    try:
        main(["train", *arguments])
    finally:
        assert truth.calls == 1  # the second image was not begun


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_mid_validation_saves_and_says_how_to_go_on(
    training: Training, tmp_path: Path, command: Command, number: int
) -> None:
    path = training("x", "branch1")
    process = SERVER.Process(target=stop_in_validation, args=(["-opt", str(path)], number))
    process.start()
    process.join()
    assert process.exitcode == 128 + number
    folder = tmp_path / "experiments" / "x"
    log = (folder / "train.log").read_text()
    assert f"stopped after step 3; resume with: classsr train -opt {path} --resume" in log
    assert (folder / "checkpoints" / "00000003.safetensors").exists()
    command("train", "-opt", path, "--resume")
    command("train", "-opt", training("whole", "branch1"))
    expected, rows = results(tmp_path / "experiments" / "whole")
    found, rows_found = results(folder)
    assert rows_found == rows
    name = "last.safetensors/head_conv.0.weight"
    np.testing.assert_array_equal(found[name], expected[name])


class Interrupting:
    """A function whose first call sends a signal to this process."""

    def __init__(self, function: Callable[..., Any], number: int) -> None:
        self._function, self._number = function, number
        self.calls = 0

    def __call__(self, *given: Any) -> Any:
        self.calls += 1
        if self.calls == 1:
            os.kill(os.getpid(), self._number)
        return self._function(*given)


def test_a_full_disk_leaves_the_last_good_state(
    training: Training, tmp_path: Path, command: Command
) -> None:
    disk = tmp_path / "experiments"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    try:
        path = training("x", "branch1")
        with pytest.raises(ClassSRError, match="cannot be written"):
            command("train", "-opt", path, "-o", "logger.keep_checkpoints=99", *LONG)
        checkpoints = disk / "x" / "checkpoints"
        steps = sorted(file.stem for file in checkpoints.glob("0*[0-9].safetensors"))
        load_network(checkpoints / f"{steps[-1]}.safetensors")
        subprocess.run(["mount", "-o", "remount,size=9m", str(disk)], check=True)
        command("train", "-opt", path, "--resume", "-o", "train.niter=40")
        assert (checkpoints / "last.safetensors").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
