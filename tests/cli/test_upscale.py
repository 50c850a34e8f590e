"""The upscale command as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import odd_files
from classsr.errors import ClassSRError

ROOT = Path(__file__).parents[2]
Upscale = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for pictures."""
    path = tmp_path / "pictures"
    path.mkdir()
    return path


@pytest.fixture
def run_on(
    folder: Path, tmp_path: Path, bilinear_model: Path, command: Callable[..., None]
) -> Upscale:
    """Upscale the folder with these flags besides; returns the folder of results."""

    def run(*flags: str | Path) -> Path:
        results = tmp_path / "results"
        command(
            "upscale",
            "-i",
            folder,
            "-o",
            results,
            "-n",
            bilinear_model,
            "--backend",
            "paddle",
            *flags,
        )
        return results

    return run


def test_odd_files(
    folder: Path, tmp_path: Path, run_on: Upscale, capfd: pytest.CaptureFixture[str]
) -> None:
    good, bad = odd_files.write_good(folder), odd_files.write_bad(folder)
    (folder / "notes.txt").write_text("no picture, and not asked for")
    report = tmp_path / "report.json"
    with pytest.raises(ClassSRError, match=rf"{len(bad)} of {len(good) + len(bad)} pictures"):
        run_on("--class-map", "--report", report)
    results = tmp_path / "results"
    for name, lr in good.items():
        odd_files.assert_interpolated(results / name, lr)
    maps = {f"{Path(name).stem}_classes.png" for name in good}
    assert {path.name for path in results.iterdir()} == {*good, *maps}
    with Image.open(results / "UPPER_classes.png") as tinted:
        assert tinted.size == (odd_files.WIDTH, odd_files.HEIGHT)

    lines = capfd.readouterr().err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert len(errors) == len(bad)
    for name, message in bad.items():
        assert any(f"{folder / name}: " in line and message in line for line in errors)

    content = json.loads(report.read_text())
    assert {Path(entry["source"]).name for entry in content["pictures"]} == set(good)
    assert {Path(entry["source"]).name for entry in content["failed"]} == set(bad)
    assert sum(content["total"]["tiles"]) == sum(
        sum(entry["tiles"]) for entry in content["pictures"]
    )


def test_finished_files_are_skipped_unless_told_otherwise(folder: Path, run_on: Upscale) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    result = run_on() / "a.png"
    Image.fromarray(odd_files.smooth(8, 8)).save(result)
    run_on()
    assert Image.open(result).size == (8, 8)
    run_on("--overwrite")
    assert Image.open(result).size == (4 * odd_files.WIDTH, 4 * odd_files.HEIGHT)


def test_results_in_the_folder_of_the_pictures(
    folder: Path, bilinear_model: Path, command: Callable[..., None]
) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.jpg")
    flags = (
        "-i",
        folder,
        "-o",
        folder,
        "-n",
        bilinear_model,
        "--backend",
        "paddle",
        "--suffix",
        "x4",
        "--ext",
        "png",
    )
    command("upscale", *flags)
    command("upscale", *flags, "--overwrite")
    assert sorted(path.name for path in folder.iterdir()) == ["a.jpg", "a_x4.png"]


def test_another_scale_and_a_budget(folder: Path, tmp_path: Path, run_on: Upscale) -> None:
    image = odd_files.smooth(70, 90)
    Image.fromarray(image).save(folder / "a.png")
    report = tmp_path / "report.json"
    results = run_on("--scale", "1.5", "--budget", "60%", "--report", report)
    assert Image.open(results / "a.png").size == (135, 105)
    assert json.loads(report.read_text())["total"]["flops_paper_share"] <= 0.6
    with pytest.raises(ClassSRError, match=r"budget 1%: .* give at least"):
        run_on("--budget", "1%", "--overwrite")


def test_a_picture_that_the_format_cannot_hold(
    folder: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(odd_files.smooth(channels=4)).save(folder / "alpha.png")
    Image.fromarray(odd_files.smooth(2, 5000)).save(folder / "wide.png")
    for extension, message in (("jpg", "cannot hold the transparency"), ("webp", "ends at 16383")):
        with pytest.raises(ClassSRError, match="1 of 2 pictures"):
            run_on("--ext", extension)
        assert message in capsys.readouterr().err


@pytest.mark.slow
def test_killed_in_the_middle(folder: Path, tmp_path: Path, bilinear_model: Path) -> None:
    """Whatever stands under its name is whole, and the next run does the rest."""
    names = [f"{number:02}.png" for number in range(12)]
    for name in names:
        noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / name)
    results = tmp_path / "results"
    arguments = [sys.executable, ROOT / "upscale.py", "-i", folder, "-o", results]
    arguments += ["-n", bilinear_model, "--backend", "paddle"]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        while not any(results.glob("*.png")):
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    for path in results.glob("*.png"):
        Image.open(path).load()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    assert sorted(path.name for path in results.iterdir()) == names


def test_errors_are_one_line_and_a_failing_exit(folder: Path, tmp_path: Path) -> None:
    (folder / "text.png").write_text("not a picture")
    done = subprocess.run(
        [sys.executable, "-m", "classsr", "upscale", "-i", folder, "-o", tmp_path, "-n", "None"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: model None: is neither a checkpoint")
    assert done.stderr.count("\n") == 1
