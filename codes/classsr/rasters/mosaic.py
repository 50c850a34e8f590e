"""Put the parts of a raster together into the file that was asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from classsr.errors import ClassSRError
from classsr.images.encoders import LEVEL
from classsr.images.origin import Origin, add_origin
from classsr.rasters.disk import check_space, check_whole
from classsr.rasters.job import RasterJob
from classsr.rasters.parts import PREDICTORS
from classsr.rasters.raster import gdal, has_mask
from classsr.system.files import cannot_write

CACHE = 128  # MiB of GDAL while it copies
GDAL_TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "float32": "Float32"}
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
            virtual = _write_vrt(job, source, scale=scale)
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


def _write_vrt(job: RasterJob, source: Any, *, scale: int) -> Path:
    """A file of GDAL's virtual format, which shows the parts as one, and the source's mask."""
    import rasterio

    width, height = scale * source.width, scale * source.height
    root = ElementTree.Element("VRTDataset", rasterXSize=str(width), rasterYSize=str(height))
    heights = []
    for number in range(job.parts):
        with rasterio.open(job.part(number)) as file:
            heights.append(file.height)
    for band in range(1, source.count + 1):
        element = ElementTree.SubElement(
            root, "VRTRasterBand", dataType=GDAL_TYPES[source.dtypes[0]], band=str(band)
        )
        top = 0
        for number, rows in enumerate(heights):
            part = (0, 0, width, rows)
            _add_source(element, job.part(number), str(band), part, (0, top, width, rows))
            top += rows
    if has_mask(source):
        element = ElementTree.SubElement(
            ElementTree.SubElement(root, "MaskBand"), "VRTRasterBand", dataType="Byte"
        )
        own = (0, 0, source.width, source.height)
        _add_source(element, job.source, "mask,1", own, (0, 0, width, height))
    path = job.folder / "all.vrt"
    ElementTree.ElementTree(root).write(path)
    return path


def _add_source(
    element: ElementTree.Element,
    path: Path,
    band: str,
    place: tuple[int, int, int, int],
    to: tuple[int, int, int, int],
) -> None:
    """Show a rectangle (x, y, width, height) of a file's band, as large as one of the result."""
    source = ElementTree.SubElement(element, "SimpleSource")
    ElementTree.SubElement(source, "SourceFilename", relativeToVRT="0").text = str(path)
    ElementTree.SubElement(source, "SourceBand").text = band
    for name, sides in (("SrcRect", place), ("DstRect", to)):
        keys = ("xOff", "yOff", "xSize", "ySize")
        given = {key: str(side) for key, side in zip(keys, sides, strict=True)}
        ElementTree.SubElement(source, name, given)


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
