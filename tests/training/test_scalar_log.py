"""The curves of a training: the CSV file, VisualDL, and the picture of them."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classsr.errors import ClassSRError
from classsr.evaluation.curve_plot import equal, panels, short_names
from classsr.evaluation.curves import read_curves, smoothed, thinned, to_csv
from classsr.images.rgb import read_image
from classsr.training.scalar_log import Scalars

ROOT = Path(__file__).parents[2]


def test_rows_after_a_checkpoint_are_cut(tmp_path: Path) -> None:
    scalars = Scalars(tmp_path / "scalars.csv")
    scalars.begin()
    scalars.add(1, {"loss": 0.5, "lr": 1e-3})
    length = scalars.length
    scalars.add(2, {"loss": 0.25})
    scalars.begin(length)
    scalars.add(2, {"psnr": 30.123456})
    text = (tmp_path / "scalars.csv").read_text()
    assert text == "step,name,value\n1,loss,0.5\n1,lr,0.001\n2,psnr,30.123456\n"


def test_a_full_disk_is_one_line() -> None:
    with pytest.raises(ClassSRError, match="/dev/full: cannot be written"):
        Scalars(Path("/dev/full")).add(1, {"loss": 1.0})


def test_visualdl_gets_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, Any]] = []

    class LogWriter:
        def __init__(self, logdir: str) -> None:
            assert logdir == str(tmp_path / "visualdl")

        def add_scalar(self, **row: Any) -> None:
            rows.append(row)

        def add_image(self, **row: Any) -> None:
            assert row["img"].dtype == np.uint8
            rows.append({"tag": row["tag"]})

    monkeypatch.setitem(sys.modules, "visualdl", types.SimpleNamespace(LogWriter=LogWriter))
    scalars = Scalars(tmp_path / "scalars.csv", visualdl=tmp_path / "visualdl")
    scalars.begin()
    scalars.add(3, {"loss": 0.5})
    scalars.show(3, np.full((4, 4, 3), 255.4, np.float32))
    assert rows == [{"tag": "loss", "value": 0.5, "step": 3}, {"tag": "validation"}]


def test_visualdl_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "visualdl", None)
    with pytest.raises(ClassSRError, match="VisualDL is not installed; pip install visualdl"):
        Scalars(tmp_path / "scalars.csv", visualdl=tmp_path).begin()


def test_a_running_mean_takes_fewer_values_at_the_ends() -> None:
    values = np.array([0.0, 3.0, 6.0, 0.0])
    np.testing.assert_allclose(smoothed(values, window=3), [1.5, 3.0, 3.0, 3.0])
    np.testing.assert_allclose(smoothed(values, window=1), values)


def test_a_thinned_curve_keeps_its_mean_and_its_last_step() -> None:
    steps, values = np.arange(100, 1100, 100), np.arange(10.0)
    kept_steps, kept_values = thinned((steps, values), points=5)
    assert kept_steps.tolist() == [200, 400, 600, 800, 1000]
    assert kept_values.tolist() == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert thinned((steps, values), points=10)[1] is values


def test_curves_that_are_written_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    path.write_text(to_csv({"loss": (np.array([1, 2]), np.array([0.5, 0.25]))}))
    assert path.read_text() == "step,name,value\n1,loss,0.5\n2,loss,0.25\n"
    steps, values = read_curves(path)["loss"]
    assert (steps.tolist(), values.tolist()) == ([1, 2], [0.5, 0.25])


def test_a_panel_that_would_repeat_the_loss_is_left_out() -> None:
    curve = (np.array([1]), np.array([0.5]))
    alone = {"loss": curve, "l2": curve, "psnr": curve}
    assert panels({"a": alone}) == {"loss": ["loss"], "PSNR, dB": ["psnr"]}
    several = panels({"a": alone | {"class": curve, "own": curve, "ips": curve}})
    assert several["terms of the loss"] == ["l2", "class", "own"]
    assert panels({"a": {"loss": curve, "gain": curve}}) == {"loss": ["loss"]}
    one_each = {"a": {"loss": curve, "l1": curve}, "b": {"loss": curve, "l2": curve}}
    assert panels(one_each) == {"loss": ["loss"]}


def test_curves_that_would_hide_each_other_are_found() -> None:
    steps = np.arange(1, 5)
    rate = (steps, np.array([4.0, 3.0, 2.0, 1.0]))
    assert equal(rate, (steps[:2], rate[1][:2]))
    assert not equal(rate, (steps, rate[1] + [0, 0, 0, 1]))
    assert not equal(rate, (steps + 10, rate[1]))


def test_trainings_are_called_by_what_tells_them_apart() -> None:
    assert short_names(["x_RCAN_O", "x_RCAN_branch1"]) == ["O", "branch1"]
    assert short_names(["x_O", "x_O_tuned"]) == ["O", "O_tuned"]
    assert short_names(["x_O"]) == ["x_O"]


@pytest.mark.slow
def test_curves_of_two_trainings_become_a_picture(tmp_path: Path) -> None:
    for name in ("a", "b"):
        scalars = Scalars(tmp_path / name / "scalars.csv")
        (tmp_path / name).mkdir()
        scalars.begin()
        for step in (1, 2):
            scalars.add(step, {"loss": 1 / step, "lr": 1e-3, "class1": 0.4, "psnr": 20 + step})
    script = [sys.executable, ROOT / "scripts" / "plot_log.py"]
    out = tmp_path / "curves.png"
    both = [tmp_path / "a", tmp_path / "b"]
    subprocess.run([*script, *both, "-o", out, "--thin", tmp_path / "thin"], check=True)
    assert read_image(out).shape[2] == 3
    kept = read_curves(tmp_path / "thin" / "b.csv")
    assert kept.keys() == {"loss", "lr", "class1", "psnr"}
    assert kept["psnr"][1].tolist() == [21, 22]
    figure = tmp_path / "matplotlib"  # stands before the installed package, and is not one
    figure.mkdir()
    (figure / "__init__.py").write_text("raise ImportError('No module named matplotlib')")
    without = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT / 'codes'}"}
    refused = subprocess.run([*script, *both], env=without, capture_output=True, text=True)
    assert refused.stderr.startswith("error: cannot draw (No module named matplotlib); run: pip ")
    assert refused.stderr.count("\n") == 1
    missing = subprocess.run([*script, tmp_path / "c"], capture_output=True, text=True, check=False)
    assert missing.returncode == 1
    assert "scalars.csv: holds no scalars of a training" in missing.stderr
