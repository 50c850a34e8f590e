"""Maps and large pictures through the upscale command, in one process and in several."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classsr.errors import ClassSRError
from classsr.images.origin import read_origin
from classsr.inference import full_protocol
from classsr.rasters import header, upscale_raster
from samples import photograph

rasterio = pytest.importorskip("rasterio")
from rasterio.transform import from_origin  # noqa: E402

ROOT = Path(__file__).parents[2]
Command = Callable[..., None]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A map of four bands."""
    bands = np.dstack([photograph(150, 90), photograph(150, 90, seed=1)[:, :, :1]])
    path = tmp_path / "maps" / "scene.tif"
    path.parent.mkdir()
    profile = {"crs": "EPSG:32618", "transform": from_origin(5e5, 4e6, 5, 5), "nodata": 0}
    with rasterio.open(
        path, "w", driver="GTiff", height=150, width=90, count=4, dtype="uint8", **profile
    ) as file:
        file.write(bands.transpose(2, 0, 1))
    return path


@pytest.fixture
def upscale(bilinear_model: Path, command: Command) -> Command:
    return lambda *words: command("upscale", "-n", bilinear_model, "--backend", "paddle", *words)


def test_a_map_beside_a_picture(scene: Path, tmp_path: Path, upscale: Command) -> None:
    with rasterio.open(scene.with_name("photo.png"), "w", "PNG", 40, 30, 3, dtype="uint8") as file:
        file.write(photograph(30, 40).transpose(2, 0, 1))
    upscale("-i", scene.parent, "-o", tmp_path / "out", "--bands", "3,2,1")
    with rasterio.open(scene) as before, rasterio.open(tmp_path / "out" / "scene.tif") as after:
        assert after.bounds == before.bounds and after.crs == before.crs and after.count == 4
    origin = read_origin(tmp_path / "out" / "scene.tif")
    assert origin and origin["bands"] == [3, 2, 1]
    written = (tmp_path / "out" / "scene.tif").stat().st_mtime_ns
    upscale("-i", scene.parent, "-o", tmp_path / "out", "--bands", "3,2,1")
    assert (tmp_path / "out" / "scene.tif").stat().st_mtime_ns == written


def test_large_pictures_are_read_in_rows(
    tmp_path: Path, upscale: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    for name, driver in (("a.png", "PNG"), ("b.jpg", "JPEG")):
        with rasterio.open(tmp_path / name, "w", driver, 60, 50, 3, dtype="uint8") as file:
            file.write(photograph(50, 60).transpose(2, 0, 1))
    upscale("-i", tmp_path / "a.png", "-o", tmp_path / "whole")
    monkeypatch.setattr(header, "LARGE", 1)
    monkeypatch.setattr("classsr.rasters.in_rows.LARGE", 1)
    upscale("-i", tmp_path / "a.png", tmp_path / "b.jpg", "-o", tmp_path / "rows")
    results = [read(tmp_path / folder / "a.png") for folder in ("whole", "rows")]
    np.testing.assert_array_equal(*results)
    assert read(tmp_path / "rows" / "b.jpg").shape == (3, 200, 240)
    assert read_origin(tmp_path / "rows" / "a.png") and read_origin(tmp_path / "rows" / "b.jpg")
    with pytest.raises(ClassSRError, match="1 of 1"):
        upscale("-i", tmp_path / "a.png", "-o", tmp_path / "few", "--max-pixels", "2999")
    assert "2,999 of --max-pixels" in capfd.readouterr().err


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        values: np.ndarray = file.read()
    return values


@pytest.mark.parametrize("flags", [("--processes", "2"), ("--cluster", "auto")])
def test_parts_and_files_in_several_processes(
    flags: tuple[str, str],
    scene: Path,
    tmp_path: Path,
    upscale: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "--cluster" in flags:
        pytest.importorskip("ray")
    monkeypatch.setattr(upscale_raster, "PART_PIXELS", 1)
    monkeypatch.setattr(full_protocol, "STRIP_PIXELS", 2**21)  # as the other processes have it
    budget = ("--budget", "60%")  # in FLOPs, so that no measured seconds change the classes
    upscale("-i", scene, "-o", tmp_path / "one", *budget)
    upscale("-i", scene, "-o", tmp_path / "several", *budget, *flags)
    expected = (tmp_path / "one" / "scene.tif").read_bytes()
    assert (tmp_path / "several" / "scene.tif").read_bytes() == expected
    (scene.parent / "damaged.tif").write_bytes(scene.read_bytes()[:-200])
    with pytest.raises(ClassSRError, match="1 of 2"):
        upscale("-i", scene.parent, "-o", tmp_path / "folder", *budget, *flags)
    assert (tmp_path / "folder" / "scene.tif").read_bytes() == expected
