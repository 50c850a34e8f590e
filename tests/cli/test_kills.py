"""Runs that are killed again and again end with the bytes of an undisturbed one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from classsr.images.rgb import write_image
from samples import photograph

KILLS = int(os.environ.get("CLASSSR_KILLS", "4"))
# The command, with strips of two rows of tiles so that a picture has many parts.
START = """
from classsr.cli.main import main
from classsr.inference import full_protocol
from classsr.rasters import upscale_raster
full_protocol.STRIP_PIXELS = upscale_raster.PART_PIXELS = 2 * 32 * 2000
main()
"""


@pytest.mark.slow
def test_a_large_picture_is_killed_again_and_again(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    write_image(tmp_path / "large.png", photograph(1500, 2000))
    flags = ("--range", "0,255", "--ext", "tif", "--overviews")
    check_kills(tmp_path, "-i", str(tmp_path / "large.png"), *flags)


@pytest.mark.slow
def test_a_folder_is_killed_again_and_again(tmp_path: Path) -> None:
    for number in range(40):
        write_image(tmp_path / "small" / f"{number:02}.png", photograph(120, 160, seed=number))
    check_kills(tmp_path, "-i", str(tmp_path / "small"))


@pytest.mark.slow
def test_a_worker_of_a_cluster_is_killed(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    for number in range(16):
        write_image(tmp_path / "small" / f"{number:02}.png", photograph(240, 320, seed=number))
    words = [sys.executable, "-c", START, "upscale", "-i", str(tmp_path / "small")]
    words += ["--budget", "50%", "-o"]  # in FLOPs, so that threads do not count
    undisturbed(words, tmp_path / "expected")
    output, mark = tmp_path / "killed", f"MARK={tmp_path}"
    environment = {**os.environ, "MARK": str(tmp_path)}
    with subprocess.Popen([*words, output, "--cluster", "auto"], env=environment) as process:
        while not any(output.glob("*.png")):
            assert process.poll() is None
            time.sleep(0.005)
        os.kill(ray_workers(mark)[0], signal.SIGKILL)
    assert process.returncode == 0
    assert contents(output) == contents(tmp_path / "expected")


def ray_workers(mark: str) -> list[int]:
    """The processes of actors that were started with a variable in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            of_worker = (folder / "cmdline").read_bytes().startswith(b"ray::_Worker")
            if of_worker and mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def check_kills(folder: Path, *flags: str) -> None:
    """Kill a run with the default network so many times while it works, as often as that takes."""
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
