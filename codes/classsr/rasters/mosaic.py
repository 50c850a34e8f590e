"""Put the parts of a raster together into the file that was asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from classsr.errors import ClassSRError
from classsr.images.encoders import LEVEL
from classsr.images.origin import Origin, add_origin
from classsr.rasters.disk import check_space, check_whole
from classsr.rasters.job import RasterJob
from classsr.rasters.library import gdal
from classsr.rasters.parts import PREDICTORS
from classsr.rasters.vrt import write_vrt
from classsr.system.files import cannot_write

CACHE = 128  # MiB of GDAL while it copies
OF_STORAGE = ("TIFFTAG_", "OVR_RESAMPLING_ALG", "STATISTICS_")  # tags about the source's own pixels


def assemble(job: RasterJob, *, scale: int, overviews: bool, quality: int, origin: Origin) -> None:
    """Write the result under its name once all parts are there; the parts stay.

    origin: see `images.origin`.
    overviews: smaller versions inside, as viewers of maps want them; GeoTIFF only.
    quality: of JPEG, 1 to 100.
    """
    result = job.folder / f"result{job.target.suffix.lower()}"
    need = sum(job.part(number).stat().st_size for number in range(job.parts))
    check_space(result, need * (4 / 3 if overviews else 1))
    with gdal(job.target, cache=CACHE) as rasterio:
        from rasterio.shutil import copy

        with rasterio.open(job.source) as source:
            virtual = write_vrt(job, source, scale=scale)
            is_cog = overviews or source.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG"
            options = _options(
                job.target, source.dtypes[0], is_cog=is_cog, overviews=overviews, quality=quality
            )
            with rasterio.open(virtual, "r+") as described:
                _describe(described, source, scale=scale)
        copy(virtual, result, **options)
    check_whole(result)
    try:
        add_origin(result, origin)
        with result.open("rb") as file:
            os.fsync(file.fileno())
        beside = result.with_name(f"{result.name}.aux.xml")
        if beside.exists():  # what the format itself does not hold, such as a georeference
            beside.replace(job.target.with_name(f"{job.target.name}.aux.xml"))
        result.replace(job.target)
    except OSError as error:
        raise cannot_write(job.target, error) from error


def _options(
    target: Path, dtype: str, *, is_cog: bool, overviews: bool, quality: int
) -> dict[str, Any]:
    """GDAL's driver for a file name, and how it shall write."""
    suffix = target.suffix.lower()
    predictor = PREDICTORS["f" if dtype.startswith("float") else "u"]
    if suffix in (".tif", ".tiff") and is_cog:
        return {
            "driver": "COG",
            "compress": "DEFLATE",
            "level": LEVEL,
            "predictor": "FLOATING_POINT" if predictor == 3 else "STANDARD",
            "bigtiff": "IF_SAFER",
            "overviews": "IGNORE_EXISTING" if overviews else "NONE",
        }
    if suffix in (".tif", ".tiff"):
        return {
            "driver": "GTiff",
            "tiled": True,
            "blockxsize": 512,
            "blockysize": 512,
            "compress": "DEFLATE",
            "zlevel": LEVEL,
            "predictor": predictor,
            "bigtiff": "IF_SAFER",
        }
    if overviews:
        raise ClassSRError(f"{target}: --overviews are for GeoTIFF; choose --ext tif")
    options: dict[str, dict[str, Any]] = {
        ".png": {"driver": "PNG", "zlevel": LEVEL},
        ".jpg": {"driver": "JPEG", "quality": quality},
        ".jpeg": {"driver": "JPEG", "quality": quality},
        ".jp2": {"driver": "JP2OpenJPEG", "reversible": True, "quality": 100},
    }
    if suffix not in options:
        raise ClassSRError(
            f"{target}: large pictures and maps are written as {', '.join(options)} or .tif; "
            f"choose --ext tif"
        )
    return options[suffix]


def _describe(result: Any, source: Any, *, scale: int) -> None:
    """Give a result what its source says of itself, for pixels a part of the size."""
    from rasterio.transform import Affine

    if source.crs is not None:
        result.crs = source.crs
    if not source.transform.is_identity:
        a, b, c, d, e, f = source.transform[:6]
        result.transform = Affine(a / scale, b / scale, c, d / scale, e / scale, f)
    points, crs = source.gcps
    if points:
        for point in points:
            point.row, point.col = scale * point.row, scale * point.col
        result.gcps = (points, crs)
    if any(value is not None for value in source.nodatavals):
        result.nodata = source.nodata
    result.colorinterp = source.colorinterp
    result.descriptions = source.descriptions
    result.units = [unit or "" for unit in source.units]
    result.scales, result.offsets = source.scales, source.offsets
    result.update_tags(**_kept(source.tags()))
    profile = source.tags(ns="COLOR_PROFILE")
    if profile:
        result.update_tags(ns="COLOR_PROFILE", **profile)
    for band in source.indexes:
        result.update_tags(band, **_kept(source.tags(band)))


def _kept(tags: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in tags.items() if not name.startswith(OF_STORAGE)}
