"""The upscale command under signals, and beside another one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import odd_files

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_with_a_report_and_no_trace(
    folder: Path, tmp_path: Path, bilinear_model: Path, number: signal.Signals
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    for place in range(200):
        Image.fromarray(noise).save(folder / f"{place:03}.png")
    results, report = tmp_path / "results", tmp_path / "report.json"
    arguments = [sys.executable, ROOT / "upscale.py", "-i", folder, "-o", results]
    arguments += ["-n", bilinear_model, "--backend", "paddle", "--report", report]
    with subprocess.Popen(
        arguments,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:  # a shell's background processes have Ctrl-C ignored
        while not any(results.glob("*.png")):
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(number)
        _, err = process.communicate()
    assert process.returncode == 128 + number
    assert err == f"error: {'terminated' if number == signal.SIGTERM else 'interrupted'}\n"
    reported = {entry["target"] for entry in json.loads(report.read_text())["pictures"]}
    there = {str(path) for path in results.iterdir()}
    assert reported <= there and len(there - reported) <= 1 and len(there) < 200


def test_sigterm_while_paddle_loads_is_one_line(folder: Path) -> None:
    killed = """
import importlib, os, signal
from classsr.cli import main
load = importlib.import_module
def load_and_die(name, *package, **also):
    module = load(name, *package, **also)
    if name == "classsr.cli.upscale":
        os.kill(os.getpid(), signal.SIGTERM)
    return module
importlib.import_module = load_and_die
main.main(["upscale", "-i", "a.png", "-o", "b.png"])
"""
    end = subprocess.run([sys.executable, "-c", killed], cwd=folder, capture_output=True, text=True)
    assert (end.returncode, end.stdout, end.stderr) == (128 + 15, "", "error: terminated\n")


@pytest.mark.slow
def test_two_runs_on_one_folder(folder: Path, tmp_path: Path, bilinear_model: Path) -> None:
    """No false errors, no torn files, nothing half-written left."""
    names = [f"{number:02}.png" for number in range(6)]
    for name in names:
        Image.fromarray(odd_files.smooth()).save(folder / name)
    results = tmp_path / "results"
    arguments = [sys.executable, ROOT / "upscale.py", "-i", folder, "-o", results]
    arguments += ["-n", bilinear_model, "--backend", "paddle", "--class-map"]
    runs = [
        subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in runs:
        _, err = process.communicate()
        assert (process.returncode, err) == (0, "")
    maps = [f"{Path(name).stem}_classes.png" for name in names]
    assert sorted(path.name for path in results.iterdir()) == sorted(names + maps)
    for name in names:
        odd_files.assert_interpolated(results / name, odd_files.smooth())


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
