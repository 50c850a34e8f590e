"""The upscale command on a folder of odd files, as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import paddle
import pytest
from PIL import Image
from PIL.ExifTags import Base

import odd_files
from classsr.checkpoint import save_network
from classsr.commands import upscale
from classsr.errors import ClassSRError
from classsr.models.spec import classsr_spec, create

ROOT = Path(__file__).parent.parent
Command = Callable[..., None]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small ClassSR whose branches are close to bicubic interpolation."""
    paddle.seed(0)
    spec = classsr_spec([{"type": "FSRCNN", "d": d, "init": "bicubic"} for d in (8, 12)])
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    save_network(path, create(spec, scale=4), spec=spec)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for pictures."""
    path = tmp_path / "pictures"
    path.mkdir()
    return path


def assert_interpolated(sr: np.ndarray, lr: np.ndarray) -> None:
    """The result is of the picture's kind and close to its bicubic interpolation."""
    assert sr.dtype == lr.dtype
    assert sr.shape == (4 * lr.shape[0], 4 * lr.shape[1], *lr.shape[2:])
    expected = cv2.resize(
        lr.astype(np.float32), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC
    )
    difference = np.abs(sr - expected).mean() * 255 / np.iinfo(lr.dtype).max
    assert difference < 3


def test_odd_files(
    folder: Path, tmp_path: Path, model: Path, command: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    good, bad = odd_files.write_good(folder), odd_files.write_bad(folder)
    (folder / "notes.txt").write_text("no picture, and not asked for")
    results, report = tmp_path / "results", tmp_path / "report.json"
    with pytest.raises(ClassSRError, match=rf"{len(bad)} of {len(good) + len(bad)} pictures"):
        command(
            upscale.run,
            *("-i", folder, "-o", results, "-n", model, "--class-map", "--report", report),
        )
    for name, lr in good.items():
        print(name)
        assert_interpolated(odd_files.pixels_of(results / name), lr)
    maps = {f"{Path(name).stem}_classes.png" for name in good}
    assert {path.name for path in results.iterdir()} == {*good, *maps}

    lines = capfd.readouterr().err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert len(errors) == len(bad)
    for name, message in bad.items():
        assert any(f"{folder / name}: " in line and message in line for line in errors)
    content = json.loads(report.read_text())
    assert {Path(entry["source"]).name for entry in content["pictures"]} == set(good)
    assert {Path(entry["source"]).name for entry in content["failed"]} == set(bad)
    assert content["total"]["share"] <= 1
