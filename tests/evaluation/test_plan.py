"""The plan of the whole paper: its order, and what is run of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from classsr.cli import reproduce as command_module
from classsr.cli.reproduce import run_stage
from classsr.data.manifest import Manifest
from classsr.errors import ClassSRError
from classsr.evaluation.paper.plan import (
    DOWNLOADS,
    Stage,
    missing_downloads,
    plan,
    test_names,
    training_names,
)
from classsr.evaluation.paper.results import BACKBONES
from classsr.options.loading import load_options
from classsr.options.schema.training import TrainOptions

ROOT = Path(__file__).parents[2]
OPTIONS = ROOT / "options"
test_names.__test__ = False  # type: ignore[attr-defined]  # it is no test case


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which nothing has been made yet."""
    (tmp_path / "options").symlink_to(OPTIONS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def options_of(name: str) -> TrainOptions:
    return load_options(OPTIONS / f"train_{name}.yml", kind=TrainOptions)


def states(stages: list[Stage]) -> dict[str, str]:
    return {" ".join(stage.command[1:]): stage.state for stage in stages}


def test_every_training_comes_after_those_that_it_starts_from() -> None:
    names = training_names(list(BACKBONES))
    for place, name in enumerate(names):
        path = options_of(name).path
        for start in [*(path.pretrain_branches or []), *filter(None, [path.pretrain_model])]:
            assert start.parent.parent.name in names[:place]


def test_every_test_has_an_option_file() -> None:
    for name in test_names(list(BACKBONES)):
        assert (OPTIONS / f"test_{name}.yml").is_file()


def test_what_is_done_stays_and_what_was_begun_goes_on(checkout: Path) -> None:
    assert set(states(plan(["FSRCNN"])).values()) == {"to do"}
    (checkout / "experiments" / "FSRCNN_O" / "checkpoints").mkdir(parents=True)
    (checkout / "experiments" / "FSRCNN_O" / "checkpoints" / "last.safetensors").touch()
    (checkout / "experiments" / "FSRCNN_branch1").mkdir()
    manifest = Manifest(step="cut", source={}, options={}, inputs={}, counts={"total": 1})
    for folder in ("DIV2K_val", "DIV2K_train", "DIV2K_train/classes"):
        manifest.save(checkout / "datasets" / folder)
    found = states(plan(["FSRCNN"]))
    assert found["data_scripts/prepare_div2k.py"] == "done"
    assert found["data_scripts/prepare_div8k.py"] == "to do"
    assert found["train.py -opt options/train_FSRCNN_O.yml"] == "done"
    assert found["train.py -opt options/train_FSRCNN_branch1.yml --resume"] == "begun"


def test_downloads_are_wanted_until_the_sets_are_made(checkout: Path) -> None:
    to_do, done = (Stage(("python", "data_scripts/x.py"), state) for state in ("to do", "done"))
    assert missing_downloads([to_do, done]) == list(DOWNLOADS)
    assert missing_downloads([done]) == []
    DOWNLOADS[0].mkdir(parents=True)
    assert missing_downloads([to_do]) == list(DOWNLOADS[1:])


def test_nothing_starts_without_photographs_or_gpu(
    checkout: Path, command: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_module, "has_gpu", lambda: False)
    arguments = ("--backbones", "FSRCNN")
    with pytest.raises(ClassSRError, match=r"DIV8K/train: no such folder of photographs; docs/da"):
        command("reproduce", *arguments)
    for folder in DOWNLOADS:
        folder.mkdir(parents=True)
    with pytest.raises(ClassSRError, match=r"no GPU; install requirements-gpu.txt"):
        command("reproduce", *arguments)


def test_stages_run_one_after_the_other_until_one_fails(
    checkout: Path, command: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def writing(name: str, *, status: int = 0) -> tuple[str, ...]:
        return ("python", "-c", f"open('{name}', 'w'); raise SystemExit({status})")

    stages = [
        Stage(writing("a"), "done"),
        Stage(writing("b"), "begun"),
        Stage(writing("c", status=3), "to do"),
        Stage(writing("d"), "to do"),
    ]
    monkeypatch.setattr(command_module, "plan", lambda backbones: stages)
    monkeypatch.setattr(command_module, "missing_downloads", lambda stages: [])
    monkeypatch.setattr(command_module, "has_gpu", lambda: True)
    with pytest.raises(ClassSRError, match=r"ended with status 3; .* resumes there"):
        command("reproduce")
    assert {path.name for path in checkout.iterdir()} == {"options", "b", "c"}


def test_a_stage_that_succeeds_says_what_it_ran(capsys: pytest.CaptureFixture[str]) -> None:
    run_stage(Stage(("bash", "-c", "true"), "to do"))
    assert capsys.readouterr().out == "\n$ bash -c true\n"


@pytest.mark.slow
def test_the_script_prints_the_plan() -> None:
    done = subprocess.run(
        ["bash", ROOT / "scripts" / "reproduce_all.sh", "--dry-run", "--backbones", "FSRCNN"],
        env=os.environ | {"CLASSSR_VENV": sys.prefix},
        capture_output=True,
        text=True,
        check=True,
    )
    commands = [line.split("`")[1] for line in done.stdout.splitlines() if "| `" in line]
    assert commands[0].startswith("python data_scripts/prepare_div2k.py")
    assert commands[-1] == "bash scripts/table_speed.sh"
    assert "Downloads: " in done.stdout
