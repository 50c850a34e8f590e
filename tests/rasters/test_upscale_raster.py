"""Maps and large pictures from file to file."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classsr import Upscaler
from classsr.errors import ClassSRError
from classsr.inference import full_protocol
from classsr.rasters import disk
from classsr.rasters import job as jobs
from classsr.rasters import upscale_raster as raster_module
from classsr.rasters.job import folder_of
from classsr.rasters.upscale_raster import RasterSettings, prepare, upscale_raster
from classsr.rasters.values import ValueRange
from samples import photograph

rasterio = pytest.importorskip("rasterio")
from rasterio.control import GroundControlPoint  # noqa: E402
from rasterio.crs import CRS  # noqa: E402
from rasterio.enums import ColorInterp  # noqa: E402
from rasterio.transform import Affine, from_origin  # noqa: E402

Write = Callable[..., Path]
SETTINGS = RasterSettings()


@pytest.fixture(scope="module")
def upscaler(bilinear_model: Path) -> Upscaler:
    return Upscaler(bilinear_model, backend="paddle")


@pytest.fixture(scope="module")
def shipped() -> Upscaler:
    return Upscaler("ClassSR_FSRCNN", backend="paddle", budget="60%")  # no measured seconds


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write bands (N, H, W) as a GeoTIFF of 5 m pixels."""

    def to_file(bands: np.ndarray, *, name: str = "map.tif", **profile: Any) -> Path:
        path = tmp_path / name
        count, height, width = bands.shape
        given = {
            "driver": "GTiff",
            "crs": "EPSG:32618",
            "transform": from_origin(500000, 4000000, 5, 5),
            **profile,
        }
        with rasterio.open(
            path, "w", height=height, width=width, count=count, dtype=bands.dtype, **given
        ) as file:
            file.write(bands)
        return path

    return to_file


@pytest.fixture
def thin_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of tiles in a strip, two strips in a part."""
    monkeypatch.setattr(full_protocol, "STRIP_PIXELS", 1)
    monkeypatch.setattr(raster_module, "PART_PIXELS", 1)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        values: np.ndarray = file.read()
    return values


def upscaled(source: Path, upscaler: Upscaler, **settings: Any) -> Path:
    target = source.with_name("result.tif")
    upscale_raster(source, target, upscaler, settings=RasterSettings(**settings))
    return target


@pytest.mark.parametrize("name", ["a photograph", "a gradient"])
def test_windows_equal_the_whole_image(
    name: str, write: Write, shipped: Upscaler, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = photograph(300, 170)
    if name == "a gradient":
        rows, columns = np.mgrid[:300, :170]
        image = np.stack([rows // 2, columns, rows // 4 + columns // 4], axis=2).astype(np.uint8)
    monkeypatch.setattr(full_protocol, "STRIP_PIXELS", 2 * 32 * 170)  # two rows of tiles in each
    whole = shipped(image)
    source = write(image.transpose(2, 0, 1), photometric="RGB", tiled=True, blockysize=64)
    monkeypatch.setattr(raster_module, "PART_PIXELS", 1)
    np.testing.assert_array_equal(read(upscaled(source, shipped)).transpose(1, 2, 0), whole)


def test_a_map_stays_a_map(write: Write, upscaler: Upscaler) -> None:
    bands = np.dstack([photograph(70, 90), photograph(70, 90, seed=1)[:, :, :1]])
    source = write(bands.transpose(2, 0, 1), nodata=0)
    with rasterio.open(source, "r+") as file:
        file.descriptions = ("blue", "green", "red", "near infrared")
        file.colorinterp = [
            ColorInterp.blue,
            ColorInterp.green,
            ColorInterp.red,
            ColorInterp.undefined,
        ]
        file.update_tags(SENSOR="made up")
        file.update_tags(4, WAVELENGTH="842")
        file.scales, file.offsets = (0.5,) * 4, (1.0,) * 4
    target = upscaled(source, upscaler)
    with rasterio.open(source) as before, rasterio.open(target) as after:
        assert after.crs == before.crs and after.bounds == before.bounds
        assert after.res == (1.25, 1.25) and after.shape == (280, 360)
        for name in ("descriptions", "colorinterp", "nodatavals", "dtypes", "scales", "offsets"):
            assert getattr(after, name) == getattr(before, name), name
        assert after.tags()["SENSOR"] == "made up" and after.tags(4)["WAVELENGTH"] == "842"
        assert after.profile["tiled"] and after.compression.value == "DEFLATE"
        np.testing.assert_allclose(
            after.read(out_shape=(4, 70, 90), resampling=rasterio.enums.Resampling.average),
            before.read(),
            atol=16,
        )
        assert not folder_of(target).exists()


def test_alpha_stays_transparency(write: Write, upscaler: Upscaler) -> None:
    bands = np.full((4, 40, 40), 90, dtype=np.uint8)
    source = write(bands, photometric="RGB", alpha="unspecified")
    with rasterio.open(upscaled(source, upscaler)) as file:
        assert file.colorinterp[3] is not ColorInterp.alpha
    source = write(bands, photometric="RGB", alpha="yes", name="with_alpha.tif")
    with rasterio.open(upscaled(source, upscaler)) as file:
        assert file.colorinterp[3] is ColorInterp.alpha
        assert (file.read(4) == 90).all()


@pytest.mark.usefixtures("thin_strips")
@pytest.mark.parametrize(
    ("dtype", "nodata"), [("uint8", 0), ("uint16", 65535), ("int16", -9999), ("float32", np.nan)]
)
def test_nodata_in_the_middle_shows_no_halo(
    dtype: str, nodata: float, write: Write, upscaler: Upscaler
) -> None:
    bands = np.full((1, 100, 120), 77).astype(dtype)
    bands[:, 20:71, 30:65] = nodata
    bands[:, 90, 7] = nodata
    source = write(bands, nodata=nodata)
    result = read(upscaled(source, upscaler))[0]
    masked = np.isnan(result) if np.isnan(nodata) else result == nodata
    before = np.isnan(bands[0]) if np.isnan(nodata) else bands[0] == nodata
    np.testing.assert_array_equal(masked, before.repeat(4, axis=0).repeat(4, axis=1))
    np.testing.assert_allclose(result[~masked].astype(float), 77, atol=1e-4)


def test_reflectances_come_back_with_what_is_beyond_the_range(
    write: Write, upscaler: Upscaler
) -> None:
    rows = np.linspace(200, 3000, 80)[:, None] + np.zeros(90)
    bands = np.stack([rows, rows + 50, rows + 100, rows]).astype(np.int16)
    bands[:, 40:60, 40:60] = 12000  # a roof in the sun
    source = write(bands)
    given = RasterSettings(bands=(3, 2, 1), values=ValueRange(0, 3000))
    for settings in (given, RasterSettings()):
        target = source.with_name("result.tif")
        upscale_raster(source, target, upscaler, settings=settings)
        result = read(target)
        assert (result[:, 176:224, 176:224] == 12000).all()
        inner = result[:, 8:152].reshape(4, 36, 4, 90, 4).mean(axis=(2, 4))
        np.testing.assert_allclose(inner, bands[:, 2:38], atol=30)


def test_a_killed_run_goes_on_with_the_same_bytes(
    write: Write, upscaler: Upscaler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_protocol, "STRIP_PIXELS", 1)
    monkeypatch.setattr(raster_module, "PART_PIXELS", 1)
    source = write(photograph(200, 90).transpose(2, 0, 1), photometric="RGB")
    undisturbed = upscaled(source, upscaler).read_bytes()
    target = source.with_name("result.tif")
    target.unlink()

    class Killed(BaseException):
        pass

    def progress() -> Iterator[None]:
        yield from (None for _ in range(4))
        raise Killed

    steps = progress()
    with pytest.raises(Killed):
        upscale_raster(source, target, upscaler, progress=lambda share: next(steps))
    assert not target.exists()
    assert any(folder_of(target).glob("*.json"))
    shares: list[float] = []
    upscale_raster(source, target, upscaler, progress=shares.append)
    assert target.read_bytes() == undisturbed
    assert sum(shares) == pytest.approx(1)
    assert not folder_of(target).exists()


def test_parts_of_other_settings_are_not_used(
    write: Write, upscaler: Upscaler, tmp_path: Path
) -> None:
    source = write(photograph(40, 40).transpose(2, 0, 1))
    target = tmp_path / "result.tif"
    folder_of(target).mkdir()
    first = prepare(source, target, upscaler, settings=SETTINGS, origin={"model": "a"})
    first.note(0).write_text("{}")
    same = prepare(source, target, upscaler, settings=SETTINGS, origin={"model": "a"})
    assert same == first and same.missing == []
    other = prepare(source, target, upscaler, settings=SETTINGS, origin={"model": "b"})
    assert other.missing == [0]
    assert jobs.load_job(target) == other


def test_what_is_refused(write: Write, upscaler: Upscaler, tmp_path: Path) -> None:
    source = write(np.zeros((1, 40, 50), dtype=np.uint8))
    with pytest.raises(ClassSRError, match=r"50x40 pixels are 2,000, .* 1,000 of --max-pixels"):
        upscaled(source, upscaler, most_pixels=1000)
    with pytest.raises(ClassSRError, match="the file has 1 bands"):
        upscaled(source, upscaler, bands=(3, 2, 1))
    damaged = tmp_path / "damaged.tif"
    damaged.write_bytes(source.read_bytes()[:-900])
    with pytest.raises(ClassSRError, match=r"damaged.tif: GDAL says"):
        upscaled(damaged, upscaler)
    complex_values = write(np.zeros((1, 9, 9), dtype=np.complex64), name="complex.tif")
    with pytest.raises(ClassSRError, match="found complex64"):
        upscaled(complex_values, upscaler)
    assert not folder_of(tmp_path / "result.tif").exists()


@pytest.mark.parametrize("ending", ["png", "jpg", "jp2"])
def test_other_formats(ending: str, write: Write, upscaler: Upscaler, tmp_path: Path) -> None:
    source = write(photograph(64, 48).transpose(2, 0, 1), photometric="RGB")
    target = tmp_path / f"result.{ending}"
    upscale_raster(source, target, upscaler)
    expected = read(upscaled(source, upscaler)).astype(float)
    np.testing.assert_allclose(read(target), expected, atol=60 if ending == "jpg" else 0)
    with rasterio.open(source) as before, rasterio.open(target) as after:
        assert after.bounds == before.bounds


def test_overviews_on_request(write: Write, upscaler: Upscaler) -> None:
    source = write(photograph(200, 200).transpose(2, 0, 1), photometric="RGB")
    with rasterio.open(upscaled(source, upscaler)) as file:
        assert file.overviews(1) == []
    with rasterio.open(upscaled(source, upscaler, overviews=True)) as file:
        assert file.overviews(1) == [2]
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


@pytest.mark.parametrize("overviews", [False, True])
def test_a_mask_beside_the_bands_stays_and_shows_no_halo(
    overviews: bool, write: Write, upscaler: Upscaler
) -> None:
    bands = np.full((3, 60, 80), 77, dtype=np.uint8)
    mask = np.full((60, 80), 255, dtype=np.uint8)
    mask[20:40, 10:50] = bands[:, 20:40, 10:50] = 0
    source = write(bands, photometric="RGB")
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(source, "r+") as file:
        file.write_mask(mask)
    with rasterio.open(upscaled(source, upscaler, overviews=overviews)) as file:
        shown = file.dataset_mask()
        np.testing.assert_array_equal(shown, mask.repeat(4, axis=0).repeat(4, axis=1))
        assert (file.read()[:, shown > 0] == 77).all()


def test_what_was_not_written_whole_does_not_count(write: Write, upscaler: Upscaler) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 90, 90), dtype=np.uint8)
    source = write(noise, photometric="RGB")
    undisturbed = upscaled(source, upscaler).read_bytes()
    target = source.with_name("result.tif")
    target.unlink()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (len(undisturbed) // 2, len(undisturbed) - 1000):  # of a part, of the result
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(ClassSRError, match=r"could not be written whole|GDAL says"):
                upscale_raster(source, target, upscaler)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not target.exists()
    upscale_raster(source, target, upscaler)
    assert target.read_bytes() == undisturbed


def test_a_full_disk_is_told_before_anything_is_written(
    write: Write, upscaler: Upscaler, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(photograph(40, 40).transpose(2, 0, 1))
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(ClassSRError, match=r"takes up to 0 MB and the disk has 0; free space or"):
        upscaled(source, upscaler)


def test_whole_files(tmp_path: Path) -> None:
    for name in ("a.tif", "a.png", "a.jpg", "a.jp2"):
        Image.fromarray(photograph(90, 90)).save(tmp_path / name)
        disk.check_whole(tmp_path / name)
        os.truncate(tmp_path / name, (tmp_path / name).stat().st_size - 1)
        with pytest.raises(ClassSRError, match=r"a\....: could not be written whole"):
            disk.check_whole(tmp_path / name)


def test_other_ways_to_lie_on_the_ground(write: Write, upscaler: Upscaler) -> None:
    """A turned transform, and control points in place of one."""
    bands = np.full((1, 40, 50), 90, dtype=np.uint8)
    source = write(bands, transform=Affine(4, 1, 5e5, 1, -4, 4e6))
    with rasterio.open(upscaled(source, upscaler)) as file:
        assert file.transform == Affine(1, 0.25, 5e5, 0.25, -1, 4e6)
    source = write(bands, name="points.tif", transform=None, crs=None)
    with rasterio.open(source, "r+") as file:
        points = [
            GroundControlPoint(row, col, 5e5 + col, 4e6 - row) for row in (0, 40) for col in (0, 50)
        ]
        file.gcps = (points, CRS.from_epsg(32618))
    with rasterio.open(upscaled(source, upscaler)) as file:
        found, crs = file.gcps
        assert crs == CRS.from_epsg(32618) and len(found) == 4
        assert (found[3].row, found[3].col, found[3].x, found[3].y) == (160, 200, 500050, 3999960)
