"""Runs that are killed again and again end with the bytes of an undisturbed one."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from classsr.images.rgb import write_image
from samples import photograph

KILLS = 10
# The command, with strips of two rows of tiles so that a picture has many parts.
START = """
from classsr.cli.main import main
from classsr.inference import full
from classsr.rasters import upscale_raster
full.STRIP_PIXELS = upscale_raster.PART_PIXELS = 2 * 32 * 2000
main()
"""


@pytest.mark.slow
def test_a_large_picture_is_killed_at_ten_moments(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    write_image(tmp_path / "large.png", photograph(1500, 2000))
    check_kills(tmp_path, "-i", str(tmp_path / "large.png"), "--range", "0,255")


@pytest.mark.slow
def test_a_folder_is_killed_at_ten_moments(tmp_path: Path) -> None:
    for number in range(40):
        write_image(tmp_path / "small" / f"{number:02}.png", photograph(120, 160, seed=number))
    check_kills(tmp_path, "-i", str(tmp_path / "small"))


def check_kills(folder: Path, *flags: str) -> None:
    """Kill a run with the default network ten times while it works, as often as it takes."""
    words = [sys.executable, "-c", START, "upscale", *flags, "-o"]
    seconds = undisturbed(words, folder / "expected")
    expected = contents(folder / "expected")
    rng = np.random.default_rng(0)
    kills, done = 0, False
    while kills < KILLS or not done:
        if done:  # before it was killed often enough
            assert contents(folder / "killed") == expected
            shutil.rmtree(folder / "killed")
        after = rng.uniform(0, 2 * seconds / KILLS) if kills < KILLS else None
        done = not killed(words, folder / "killed", after=after)
        kills += not done
    assert contents(folder / "killed") == expected


def undisturbed(words: Sequence[str], output: Path) -> float:
    """The seconds from the first file of a whole run to its end."""
    with subprocess.Popen([*words, output], stdout=subprocess.DEVNULL) as process:
        wait_for_change(output, process)
        begin = time.perf_counter()
    assert process.returncode == 0
    return time.perf_counter() - begin


def killed(words: Sequence[str], output: Path, *, after: float | None) -> bool:
    """Run until so many seconds after the first change among the files, or to the end."""
    with subprocess.Popen([*words, output], stdout=subprocess.DEVNULL) as process:
        wait_for_change(output, process)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode != 0


def wait_for_change(folder: Path, process: subprocess.Popen[bytes]) -> None:
    before = set(folder.rglob("*"))
    while set(folder.rglob("*")) == before and process.poll() is None:
        time.sleep(0.005)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file, hidden ones too."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
