"""Protocols, budgets and exports as a user asks for them."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import paddle
import pytest

from classsr.checkpoints.native import save_network
from classsr.cli import routing as routing_command
from classsr.cli import sweep as sweep_command
from classsr.errors import ClassSRError
from classsr.evaluation.router_study import CHOICES
from classsr.models.flops import count_network
from classsr.models.spec import classsr_spec, create
from classsr.runtime.export import read_manifest

SPEC = classsr_spec([{"type": "FSRCNN", "d": d, "init": "bicubic"} for d in (8, 12, 16)])
Command = Callable[..., None]


@pytest.fixture
def options(tmp_path: Path, pairs: Path) -> Path:
    paddle.seed(0)
    save_network(tmp_path / "model.safetensors", create(SPEC, scale=4), spec=SPEC)
    path = tmp_path / "test.yml"
    path.write_text(
        f"name: run\n"
        f"path: {{pretrain_model: {tmp_path}/model.safetensors, results: {tmp_path}/results}}\n"
        f"datasets: [{{name: pairs, dataroot_GT: {pairs}/GT, dataroot_LQ: {pairs}/LR}}]\n"
        f"backend: paddle\n"
    )
    return path


def average(results: Path) -> dict[str, float]:
    report = json.loads((results / "run" / "report.json").read_text())
    found: dict[str, float] = report["datasets"][0]["average"]
    return found


def test_scores_the_full_protocol_within_a_budget(
    options: Path, tmp_path: Path, command: Command
) -> None:
    command("test", "-opt", options, "-o", "val.protocol=full", "budget=75%")
    assert average(tmp_path / "results")["flops_paper_share"] <= 0.75
    text = (tmp_path / "results" / "run" / "report.md").read_text()
    assert "full protocol, tiles of 32, budget 75%" in text


def test_a_budget_in_seconds_is_measured(options: Path, tmp_path: Path, command: Command) -> None:
    command("test", "-opt", options, "-o", "budget=1000s")
    # Which branch measures as the slowest is up to the machine: these are all small.
    assert sum(average(tmp_path / "results")["tiles"]) == 7


def test_a_budget_that_cannot_be_kept_is_refused(options: Path, command: Command) -> None:
    with pytest.raises(ClassSRError, match="give at least"):
        command("test", "-opt", options, "-o", "budget=5%")


def test_results_are_never_replaced_without_a_word(
    options: Path, tmp_path: Path, command: Command
) -> None:
    command("test", "-opt", options)
    before = average(tmp_path / "results")
    with pytest.raises(ClassSRError, match=r"report.md: exists already; replace it with --overwr"):
        command("test", "-opt", options, "-o", "val.protocol=full")
    assert average(tmp_path / "results") == before
    command("test", "-opt", options, "--overwrite", "-o", "val.protocol=full")
    assert average(tmp_path / "results") != before


def test_without_matplotlib_nothing_is_computed_first(
    options: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for name in ("sweep", "routing"):
        with pytest.raises(ClassSRError, match=r"cannot draw .*; run: pip install matplotlib"):
            command(name, "-opt", options)
    assert not (options.parent / "results").exists()


def test_an_experiment_is_tested_by_its_name(
    options: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = tmp_path / "experiments" / "first" / "checkpoints"
    checkpoints.mkdir(parents=True)
    (tmp_path / "model.safetensors").rename(checkpoints / "last.safetensors")
    monkeypatch.chdir(tmp_path)
    command("test", "-opt", options, "-n", "first")
    assert "first/checkpoints/last" in (tmp_path / "results/first/report.md").read_text()
    with pytest.raises(ClassSRError, match="model second: is neither a checkpoint, nor"):
        command("test", "-opt", options, "-n", "second")


def test_draws_the_curve_of_budgets(
    options: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(sweep_command, "SWEEP", ("75%", "100%"))
    command("sweep", "-opt", options)
    folder = tmp_path / "results" / "run"
    rows = (folder / "pareto.csv").read_text().splitlines()
    names = [row.partition(",")[0] for row in rows]
    assert names == ["setting", "argmax", "75%", "100%", "branch 1", "branch 2", "branch 3"]
    assert (folder / "pareto.png").is_file()
    table = (folder / "pareto.md").read_text()
    cost = count_network(create(SPEC, scale=4))  # one base for all rows: the widest branch
    for number, share in enumerate(cost.shares, start=1):
        assert f"| branch {number} | " in table
        row = next(line for line in table.splitlines() if line.startswith(f"| branch {number} |"))
        assert f"({share:.1%})" in row
    with pytest.raises(ClassSRError, match=r"pareto.md: exists already; replace it with --overwr"):
        command("sweep", "-opt", options)


def test_compares_the_router_with_its_baselines(
    options: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(routing_command, "SWEEP", ("75%", "100%"))
    original = SPEC["branches"][-1]
    save_network(tmp_path / "O.safetensors", create(original, scale=4), spec=original)
    command("routing", "-opt", options, "--plain", tmp_path / "O.safetensors")
    folder = tmp_path / "results" / "run"
    assert "| setting | tiles by class | FLOPs | PSNR |" in (folder / "routing.md").read_text()
    assert (folder / "routing.png").is_file()
    figures = (folder / "routing.csv").read_text()
    psnrs = {
        (row["image"], row["setting"], row["choice"]): row["psnr"]
        for row in csv.DictReader(figures.splitlines())
    }
    assert {image for image, _, _ in psnrs} == {"0000", "0001", "average"}
    assert ("average", "O", "every tile") in psnrs
    for choice in CHOICES:  # all tiles in the widest branch leave nothing to choose
        assert psnrs["average", "100%", choice] == psnrs["average", "branch 3", "every tile"]
    again = ("routing", "-opt", options, "--plain", tmp_path / "O.safetensors")
    with pytest.raises(ClassSRError, match=r"routing.md: exists already; replace it with --over"):
        command(*again)
    command(*again, "--overwrite")
    assert (folder / "routing.csv").read_text() == figures


def test_a_budget_for_all_images_together_holds_on_average(
    options: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(routing_command, "SWEEP", ("75%",))
    rows: list[dict[tuple[str, str], dict[str, str]]] = []
    for flags in ([], ["--together", "--overwrite"]):
        command("routing", "-opt", options, *flags)
        table = csv.DictReader((tmp_path / "results" / "run" / "routing.csv").open())
        found = [row for row in table if row["choice"] in ("classifier", "every tile")]
        rows.append({(row["image"], row["setting"]): row for row in found})
    each, together = rows
    assert together["average", "argmax"] == each["average", "argmax"]
    spent, whole = (
        float(together["average", setting]["flops_paper"]) for setting in ("75%", "branch 3")
    )
    assert 0.5 * whole < spent <= 0.75 * whole


def test_what_has_no_tiles_to_choose_is_refused(options: Path, command: Command) -> None:
    with pytest.raises(ClassSRError, match=r"val\.protocol: .* use paper"):
        command("routing", "-opt", options, "-o", "val.protocol=full")
    model = options.parent / "model.safetensors"
    with pytest.raises(ClassSRError, match="expected a plain x4 network"):
        command("routing", "-opt", options, "--plain", model)


def test_exports_a_checkpoint(options: Path, tmp_path: Path, command: Command) -> None:
    pytest.importorskip("paddle2onnx")
    model = options.parent / "model.safetensors"
    command("export", "-m", model, "-o", tmp_path / "deploy")
    assert len(read_manifest(tmp_path / "deploy").branches) == 3
