"""Two processes on the CPU train and test as one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classsr.system.distributed import any_rank, gather_in_order, shard_indices

ROOT = Path(__file__).parents[2]
Command = Callable[..., None]
Training = Callable[[str, str], Path]

TESTING = """
name: {name}
path: {{pretrain_model: {model}, results: {results}}}
datasets: [{{name: pairs, dataroot_GT: {data}/GT, dataroot_LQ: {data}/LR}}]
"""


def test_one_process_has_everything() -> None:
    assert list(shard_indices(3)) == [0, 1, 2]
    assert gather_in_order(["a", "b"], 2) == ["a", "b"]
    assert (any_rank(True), any_rank(False)) == (True, False)


def launch(folder: Path, script: str, *arguments: str | Path) -> None:
    """Run train.py or test.py in two processes."""
    command = [sys.executable, "-m", "paddle.distributed.launch", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*command, "--log_dir", folder / "logs", ROOT / script, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT / "codes")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def losses(folder: Path) -> dict[tuple[int, str], float]:
    rows = [row.split(",") for row in (folder / "scalars.csv").read_text().splitlines()[1:]]
    timing = ("avg_reader_cost", "avg_batch_cost", "ips")
    return {(int(step), name): float(value) for step, name, value in rows if name not in timing}


def expect_the_same_losses(
    training: Training, folder: Path, command: Command, overrides: list[str]
) -> None:
    """Train "one" in this process and "two" in two processes."""
    command("train", "-opt", training("one", "ClassSR"), *overrides)
    launch(folder, "train.py", "-opt", training("two", "ClassSR"), *overrides)
    one, two = (losses(folder / "experiments" / name) for name in ("one", "two"))
    assert two.keys() == one.keys()
    for key, value in one.items():
        assert two[key] == pytest.approx(value, rel=1e-5, abs=1e-7), key


@pytest.mark.slow
def test_two_processes_judge_as_one(training: Training, tmp_path: Path, command: Command) -> None:
    overrides = [
        *("-o", "train.allow_random_branches=true", "train.freeze_branches=true"),
        *("train.precompute_branch_errors=true", "train.budgets=[0.8]", "logger.print_freq=1"),
    ]
    expect_the_same_losses(training, tmp_path, command, overrides)


@pytest.mark.slow
def test_two_processes_train_and_test_as_one(
    training: Training, tmp_path: Path, pairs: Path, command: Command
) -> None:
    overrides = [
        *("-o", "train.allow_random_branches=true", "train.niter=20", "logger.print_freq=1"),
        *(
            "train.pixel_loss_weight=1000",
            "train.class_shares=[2, 1]",
            "train.grad_clip=5",
            "val.val_freq=10",
        ),
        *("train.scheduler.T_period=[20]", "train.ema_decay=0.9"),
    ]
    expect_the_same_losses(training, tmp_path, command, overrides)
    log = (tmp_path / "experiments" / "two" / "train.log").read_text()
    assert log.count("step: 7/20") == 1

    reports: list[Any] = []
    model = tmp_path / "experiments" / "one" / "checkpoints" / "last.safetensors"
    for name in ("single", "sharded"):
        options = tmp_path / f"{name}.yml"
        options.write_text(
            TESTING.format(name="same", model=model, results=tmp_path / name, data=pairs)
        )
    command("test", "-opt", tmp_path / "single.yml")
    launch(tmp_path, "test.py", "-opt", tmp_path / "sharded.yml")
    for name in ("single", "sharded"):
        report = json.loads((tmp_path / name / "same" / "report.json").read_text())
        for dataset in report["datasets"]:
            for record in (*dataset["images"], dataset["average"]):
                del record["seconds"]
        reports.append(report)
    assert reports[0] == reports[1]
