"""Training, resuming and testing as a user does, and what bad input says."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classsr.checkpoints.native import load_network, read_arrays, save_network
from classsr.cli import main as main_module
from classsr.errors import ClassSRError
from classsr.images.rgb import read_image, write_image
from classsr.inference.class_map import LEGEND
from classsr.models.backbones.carn import CARN
from classsr.system.locks import locked
from samples import photograph

ROOT = Path(__file__).parents[2]
Command = Callable[..., None]

TESTING = """
name: run
path: {{pretrain_model: {model}, results: {results}}}
datasets: [{{name: pairs, dataroot_GT: {data}/GT, dataroot_LQ: {data}/LR, made_by: magic}}]
save_img: true
class_map: true
"""


def write_test_options(folder: Path, *, model: Path, data: Path) -> Path:
    path = folder / "test.yml"
    path.write_text(TESTING.format(model=model, results=folder / "results", data=data))
    return path


def test_branches_then_classifier_then_test(
    training: Callable[[str, str], Path], tmp_path: Path, pairs: Path, command: Command
) -> None:
    checkpoints = []
    for network in ("branch1", "branch2"):
        command("train", "-opt", training(network, network))
        checkpoints.append(tmp_path / "experiments" / network / "checkpoints" / "last.safetensors")
    listed = ", ".join(map(str, checkpoints))
    command(
        "train",
        *("-opt", training("both", "ClassSR"), "-o"),
        *(
            f"path.pretrain_branches=[{listed}]",
            "train.freeze_branches=true",
            "train.pixel_loss_weight=1000",
        ),
    )
    folder = tmp_path / "experiments" / "both"
    log = (folder / "train.log").read_text()
    for key in ("l1:", "class:", "average:", "lr:", "class1:", "avg_reader_cost:", "ips:", "eta:"):
        assert key in log
    assert "validation:" in log
    names = sorted(path.name for path in (folder / "checkpoints").iterdir())
    assert names == [
        "00000004.safetensors",
        "00000004.training.safetensors",
        "00000006.safetensors",
        "00000006.training.safetensors",
        "best.safetensors",
        "last.safetensors",
    ]
    model = folder / "checkpoints" / "last.safetensors"
    trained, _ = load_network(model)
    branch, _ = load_network(checkpoints[1])
    frozen = trained.branches[1].head_conv[0].weight.numpy()
    np.testing.assert_array_equal(frozen, branch.head_conv[0].weight.numpy())

    options = write_test_options(tmp_path, model=model, data=pairs)
    command("test", "-opt", options)
    results = tmp_path / "results" / "run"
    report = json.loads((results / "report.json").read_text())
    average = report["datasets"][0]["average"]
    assert average["psnr"] > 20
    assert sum(average["tiles"]) == 4 + 3
    assert read_image(results / "pairs" / "0000.png").shape == (240, 240, 3)
    assert read_image(results / "pairs" / "0000_classes.png").shape == (240 + LEGEND, 240, 3)


def test_resuming_ends_as_an_uninterrupted_training(
    training: Callable[[str, str], Path], tmp_path: Path, command: Command
) -> None:
    random = ("-o", "train.allow_random_branches=true")
    command("train", "-opt", training("whole", "ClassSR"), *random)
    command("train", "-opt", training("halves", "ClassSR"), *random, "train.niter=4")
    command("train", "-opt", training("halves", "ClassSR"), *random, "--resume")
    whole, halves = (
        read_arrays(tmp_path / "experiments" / name / "checkpoints" / "last.safetensors")[0]
        for name in ("whole", "halves")
    )
    for name in whole:
        np.testing.assert_array_equal(whole[name], halves[name])


def test_an_experiment_is_never_overwritten(
    training: Callable[[str, str], Path], command: Command
) -> None:
    command("train", "-opt", training("once", "branch1"))
    with pytest.raises(ClassSRError, match=r"exists already; resume it with --resume"):
        command("train", "-opt", training("once", "branch1"))


def test_an_experiment_belongs_to_one_process(
    training: Callable[[str, str], Path], tmp_path: Path, command: Command
) -> None:
    command("train", "-opt", training("held", "branch1"), "-o", "train.niter=4")
    scalars = (tmp_path / "experiments" / "held" / "scalars.csv").read_bytes()
    with (
        locked(tmp_path / "experiments" / "held"),
        pytest.raises(ClassSRError, match="held: is in use by another process"),
    ):
        command("train", "-opt", training("held", "branch1"), "--resume")
    assert (tmp_path / "experiments" / "held" / "scalars.csv").read_bytes() == scalars
    command("train", "-opt", training("held", "branch1"), "--resume")


def test_resuming_with_other_options_says_what_changed_and_keeps_both(
    training: Callable[[str, str], Path],
    tmp_path: Path,
    command: Command,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = training("x", "branch1")
    command("train", "-opt", path, "-o", "train.niter=2")
    folder = tmp_path / "experiments" / "x"
    before = (folder / "options.yml").read_text()
    command("train", "-opt", path, "--resume", "-o", "train.niter=2")
    assert not list(folder.glob("options_*.yml"))
    command("train", "-opt", path, "--resume", "-o", "train.niter=3", "logger.print_freq=1")
    for change in ("- niter: 2", "+ niter: 3", "- print_freq: 2", "+ print_freq: 1"):
        assert change in caplog.text
    assert (folder / "options_1.yml").read_text() == before
    assert "niter: 3" in (folder / "options.yml").read_text()


def test_a_training_ends_with_where_things_are(
    training: Callable[[str, str], Path], command: Command, caplog: pytest.LogCaptureFixture
) -> None:
    command("train", "-opt", training("x", "branch1"), "-o", "train.niter=1")
    for line in ("experiments/x/", "classsr test -n x", "classsr upscale -n x -i"):
        assert line in caplog.text


def test_divergence_is_an_error_that_names_step_and_terms(
    training: Callable[[str, str], Path], command: Command
) -> None:
    path = training("hot", "branch1")
    with pytest.raises(ClassSRError, match=r"diverged at step 2: loss .*, l1 .*gave up after 3"):
        command("train", "-opt", path, "-o", "train.lr=1e30")


def refused(
    tmp_path: Path, command: Command, *, data: Path, model: Path | None = None
) -> pytest.ExceptionInfo[ClassSRError]:
    """Run test.py on a data set that cannot be tested and catch what it says."""
    if model is None:
        model = tmp_path / "carn.safetensors"
        save_network(model, CARN(nf=8), spec={"type": "CARN", "nf": 8})
    options = write_test_options(tmp_path, model=model, data=data)
    with pytest.raises(ClassSRError) as caught:
        command("test", "-opt", options)
    return caught


def test_a_missing_folder_says_how_to_make_it(tmp_path: Path, command: Command) -> None:
    caught = refused(tmp_path, command, data=tmp_path / "none")
    assert "data set pairs: " in str(caught.value)
    assert "no such folder" in str(caught.value)
    assert "make it with: magic" in str(caught.value)


def test_sizes_that_do_not_match_are_named(tmp_path: Path, command: Command) -> None:
    write_image(tmp_path / "set" / "GT" / "a.png", photograph(160, 160))
    write_image(tmp_path / "set" / "LR" / "a.png", photograph(40, 41))
    caught = refused(tmp_path, command, data=tmp_path / "set")
    assert "a.png: expected 164x160" in str(caught.value)
    assert "found 160x160" in str(caught.value)


def test_a_truncated_png_is_named(tmp_path: Path, command: Command) -> None:
    write_image(tmp_path / "set" / "GT" / "a.png", photograph(160, 160))
    write_image(tmp_path / "set" / "LR" / "a.png", photograph(40, 40))
    path = tmp_path / "set" / "LR" / "a.png"
    path.write_bytes(path.read_bytes()[:-200])
    assert "a.png: the image is truncated" in str(
        refused(tmp_path, command, data=path.parent.parent)
    )


def test_an_image_smaller_than_a_tile_is_refused(tmp_path: Path, command: Command) -> None:
    write_image(tmp_path / "set" / "GT" / "a.png", photograph(160, 80))
    write_image(tmp_path / "set" / "LR" / "a.png", photograph(40, 20))
    caught = refused(tmp_path, command, data=tmp_path / "set")
    assert "20x40 pixels is smaller than a tile of 32x32" in str(caught.value)


def test_a_checkpoint_of_another_backbone_is_refused(
    training: Callable[[str, str], Path], tmp_path: Path, command: Command
) -> None:
    model = tmp_path / "carn.safetensors"
    save_network(model, CARN(nf=8), spec={"type": "CARN", "nf": 8})
    with pytest.raises(ClassSRError, match=r"carn.safetensors: is no checkpoint of this FSRCNN"):
        command(
            "train",
            *("-opt", training("x", "branch1"), "-o", f"path.pretrain_model={model}"),
        )
    assert not (tmp_path / "experiments" / "x").exists()


@pytest.mark.parametrize("script", ["train.py", "test.py"])
def test_errors_are_one_line_without_traceback(script: str, tmp_path: Path) -> None:
    options = tmp_path / "options.yml"
    options.write_text("nmae: x\n")
    done = subprocess.run(
        [sys.executable, ROOT / script, "-opt", options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {options}: ")
    assert "nmae: unknown key; did you mean name?" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("package", "advice"),
    [("paddle", "'paddlepaddle>=3.1,<4'"), ("matplotlib", "matplotlib")],
)
def test_a_missing_package_is_one_line(
    package: str,
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def dispatch(words: list[str], program: str) -> None:
        raise ModuleNotFoundError(f"No module named '{package}'", name=package)

    monkeypatch.setattr(main_module, "dispatch", dispatch)
    with pytest.raises(SystemExit) as ended:
        main_module.main(["flops"])
    assert ended.value.code == 1
    told = capsys.readouterr().err.splitlines()
    assert told == [f"error: {package} is not installed; run: pip install {advice}"]


def test_a_module_of_ours_that_is_missing_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def dispatch(words: list[str], program: str) -> None:
        raise ModuleNotFoundError("No module named 'classsr.x'", name="classsr.x")

    monkeypatch.setattr(main_module, "dispatch", dispatch)
    with pytest.raises(ModuleNotFoundError):
        main_module.main(["flops"])


def test_a_reader_that_leaves_ends_a_command_without_a_trace() -> None:
    command = [sys.executable, "-m", "classsr", "options", str(ROOT / "options" / "test.yml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE
