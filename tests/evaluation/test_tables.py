"""The paper's tables: its figures, what is found on disk, rows, and the scripts themselves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
import pytest

from classsr.checkpoints.native import save_network
from classsr.data.paired_folder import PairFolder
from classsr.evaluation.budget_sweep import SweepPoint
from classsr.evaluation.markdown import DASH, flops_and_share, row, table
from classsr.evaluation.metrics import psnr
from classsr.evaluation.paper import weights
from classsr.evaluation.paper.branches import PERFECT, BranchScores, tile_scores, tile_table
from classsr.evaluation.paper.models import (
    Measured,
    loss_models,
    main_models,
    published_table,
    set_table,
)
from classsr.evaluation.paper.results import BACKBONES, PARAMETERS, RESULTS
from classsr.evaluation.paper.weights import Weights, find
from classsr.images.resize import imresize
from classsr.images.rgb import write_image
from classsr.models.cost import Cost
from classsr.models.spec import classsr_spec, create
from samples import photograph

ROOT = Path(__file__).parents[2]
PLAIN = {"type": "FSRCNN", "d": 8, "init": "bicubic"}
CLASSSR = classsr_spec([PLAIN, {"type": "FSRCNN", "d": 12, "init": "bicubic"}])


def write_set(folder: Path, *, gt: str = "GT", lr: str = "LR_x4") -> None:
    """Two small pairs."""
    for number, size in enumerate([(256, 244), (144, 368)]):
        hr = photograph(*size, seed=number)
        write_image(folder / gt / f"{number}.png", hr)
        write_image(folder / lr / f"{number}.png", imresize(hr, scale=1 / 4))


def save(path: Path, spec: dict[str, object]) -> Path:
    paddle.seed(0)
    save_network(path, create(spec, scale=4), spec=spec)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of data sets with Test2K and Set5."""
    write_set(tmp_path / "data" / "Test2K")
    write_set(tmp_path / "data" / "Set5", gt="HR", lr="LR_bicubic/X4")
    return tmp_path / "data"


@pytest.fixture
def experiments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of trainings with FSRCNN-O and ClassSR-FSRCNN; nothing is shipped."""
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "nothing")
    folder = tmp_path / "experiments"
    save(folder / "FSRCNN_O" / "checkpoints" / "last.safetensors", PLAIN)
    save(folder / "ClassSR_FSRCNN" / "checkpoints" / "best.safetensors", CLASSSR)
    return folder


def number(printed: str) -> float:
    """311M as 311e6."""
    return float(printed[:-1]) * {"K": 1e3, "M": 1e6, "G": 1e9}[printed[-1]]


def test_the_papers_figures_agree_with_each_other() -> None:
    assert set(RESULTS) == set(PARAMETERS) == set(main_models(list(BACKBONES)))
    for model, results in RESULTS.items():
        original = RESULTS[model.removeprefix("ClassSR-").removesuffix("-O") + "-O"]
        assert list(results) == list(original)
        for name, (_, flops) in results.items():
            parted = re.fullmatch(r"(\S+) \((\d+)%\)", flops)
            if parted is not None:
                share = number(parted[1]) / number(original[name].flops)
                assert share == pytest.approx(int(parted[2]) / 100, abs=0.011)
    assert published_table(["Test8K"], {"RCAN-O": []}).endswith(
        "| RCAN-O | 15.6M | 33.76, 32.60G |"
    )


def test_a_markdown_table() -> None:
    assert table(("a", "b"), [("c", "1")]) == "| a | b |\n|---|---:|\n| c | 1 |"


def test_every_row_can_be_trained_by_a_shipped_option_file() -> None:
    for models in (main_models(list(BACKBONES)), loss_models()):
        for names in models.values():
            assert (ROOT / "options" / f"train_{names[0]}.yml").is_file()


def test_finds_the_end_of_a_training_before_its_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "shipped")
    run = tmp_path / "runs" / "RCAN_O" / "checkpoints"
    for path in (run / "best.safetensors", tmp_path / "shipped" / "RCAN_small_O.safetensors"):
        path.parent.mkdir(parents=True)
        path.touch()
    names = weights.original("RCAN")
    best, small = find(names, experiments=tmp_path / "runs")
    assert (str(best), best.path.stem, best.full_size) == ("RCAN_O, trained", "best", True)
    assert (str(small), small.full_size) == ("RCAN_small_O, shipped", False)
    (run / "last.safetensors").touch()
    assert find(names, experiments=tmp_path / "runs")[0].path.stem == "last"


def test_scores_every_tile(data: Path) -> None:
    pairs = PairFolder(gt=data / "Test2K" / "GT", lq=data / "Test2K" / "LR_x4", scale=4)

    def grey(lr: np.ndarray) -> np.ndarray:
        return np.full((len(lr), 128, 128, 3), 90, np.uint8)

    scores = tile_scores(pairs, grey)
    hr = pairs[0][1][: 128 + 112, 112 : 112 + 128]  # the second column of tiles
    expected = [
        psnr(np.full((128, 128, 3), 90), hr[top : top + 128], crop_border=4) for top in (0, 112)
    ]
    assert len(scores) == 4 + 3
    np.testing.assert_allclose(scores[[1, 3]], expected, rtol=1e-6)


def test_a_tile_without_error_counts_as_100_db(tmp_path: Path) -> None:
    black = np.zeros((128, 128, 3), np.uint8)
    write_image(tmp_path / "GT" / "a.png", black)
    write_image(tmp_path / "LR_x4" / "a.png", black[:32, :32])
    pairs = PairFolder(gt=tmp_path / "GT", lq=tmp_path / "LR_x4", scale=4)
    assert tile_scores(pairs, lambda lr: np.stack([black] * len(lr))).tolist() == [PERFECT]


def test_means_by_class_stand_beside_the_papers() -> None:
    own = Weights("FSRCNN_branch1", "trained", Path("x"))
    scores = BranchScores("FSRCNN branch 1", own, {"set": np.arange(6.0)}, 30.1234)
    lines = tile_table(
        ["FSRCNN branch 1", "FSRCNN-O", "CARN-O"], [scores], "set", difficulty=np.arange(6.0)
    ).splitlines()
    assert lines[2:] == [
        "| FSRCNN branch 1 | FSRCNN_branch1, trained "
        f"| 4.50 | 42.71 | 2.50 | {DASH} | 0.50 | {DASH} | 2.50 | 30.123 | {DASH} |",
        f"| FSRCNN-O | {DASH} | {DASH} | 42.70 | {DASH} | 29.69 | {DASH} | 22.71 "
        f"| {DASH} | {DASH} | {DASH} |",
    ]


def test_a_smaller_network_is_not_compared_with_the_papers() -> None:
    small = Weights("RCAN_small_O", "shipped", Path("x"))
    scores = BranchScores("FSRCNN-O", small, {"set": np.arange(3.0)}, None)
    point = SweepPoint("set", 25.0, Cost(1e9, 1e9), Cost(1e9, 1e9), (4,), 1.0, False)
    own, papers = set_table(
        "Test2K", {"RCAN-O": [Measured(small, 10, {"Test2K": point})]}
    ).splitlines()[2:]
    assert own.startswith(
        f"| RCAN-O, small | RCAN_small_O, shipped | 10 | {DASH} | 25.00 | {DASH} |"
    )
    assert papers.startswith(f"| RCAN-O | {DASH} | {DASH} | 15.6M | {DASH} | 26.39 |")
    own, papers = tile_table(["FSRCNN-O"], [scores], "set", difficulty=np.arange(3.0)).splitlines()[
        2:
    ]
    assert "42.70" not in own
    assert "42.70" in papers


def test_the_main_table(
    data: Path, experiments: Path, command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    (experiments / "FSRCNN_O" / "checkpoints" / "last.safetensors").write_text("damaged")
    command(
        "table",
        *("main", "--data", data, "--experiments", experiments, "--backbones", "FSRCNN"),
        *("--sets", "Test2K", "Test4K"),
    )
    text = capsys.readouterr().out
    assert f"| FSRCNN-O | {DASH} | {DASH} | 25K | {DASH} | 25.61 | {DASH} | 468M |" in text
    assert re.search(
        r"\| ClassSR-FSRCNN \| ClassSR_FSRCNN, trained \| [\d,]+ \| 113K \| \d\d\.\d\d \| 25.61 \|"
        r" [\d.]+ M \([\d.]+%\) \| 311M \(66%\) \| [\d.]+ M \([\d.]+%\) \| \d \/ \d \|",
        text,
    )
    assert "| ClassSR-FSRCNN | 113K | 26.91, 286M (61%) |" in text
    assert "make it with: python data_scripts/prepare_div8k.py --sets Test4K" in text
    assert "last.safetensors: the checkpoint is damaged" in text
    assert "data set Test2K" not in text


def test_the_table_of_branches(
    data: Path, experiments: Path, command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(
        "table",
        *("branches", "--data", data, "--experiments", experiments, "--sets", "Test2K"),
        *("--backbones", "FSRCNN", "RCAN"),
    )
    text = capsys.readouterr().out
    assert "#### FSRCNN on Test2K, tiles split by FSRCNN-O (FSRCNN_O, trained)" in text
    assert "#### RCAN on Test2K" not in text
    row = re.search(r"\| FSRCNN-O \| FSRCNN_O, trained \|(.*)\|", text)
    assert row is not None
    cells = [cell.strip() for cell in row[1].split("|")]
    assert cells[1::2][:3] == ["42.70", "29.69", "22.71"]
    simple, medium, hard = (float(cell) for cell in cells[:6:2])
    assert simple > medium > hard
    assert re.search(r"\| FSRCNN branch 2 \| ClassSR_FSRCNN, trained \|.*\| \d\d\.\d{3} \|", text)
    assert "RCAN_branch1: no weights; train them with: python train.py -opt options/" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shown"),
    [("main", "ClassSR_FSRCNN"), ("branches", "FSRCNN_branch1"), ("losses", "ClassSR_FSRCNN")],
)
def test_the_scripts_run_with_what_is_shipped(
    name: str, shown: str, data: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [
            *("bash", ROOT / "scripts" / f"table_{name}.sh", "--data", data, "--sets", "Test2K"),
            *("--experiments", tmp_path, "--backbones", "FSRCNN", "CARN"),
        ],
        env=os.environ | {"CLASSSR_VENV": sys.prefix},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{shown}, shipped" in done.stdout
    assert "train them with: python train.py -opt options/train_" in done.stdout


@pytest.mark.slow
def test_the_script_of_speeds_hands_its_arguments_on(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", ROOT / "scripts" / "table_speed.sh", "--help"],
        env=os.environ | {"CLASSSR_VENV": sys.prefix},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--backbones" in done.stdout


def test_a_row_is_a_line_of_the_table() -> None:
    assert table(("a", "b"), [("x", "1")]).splitlines() == ["| a | b |", "|---|---:|", "| x | 1 |"]
    assert row(("x", "1")) == "| x | 1 |"
    assert flops_and_share(311e6, 468e6) == "311.0 M (66.5%)"
    assert flops_and_share(1.5e9, 3e9) == "1.50 G (50.0%)"
