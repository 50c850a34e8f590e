"""The parts of a raster as one, in a file of GDAL's virtual format."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from classsr.rasters.job import RasterJob
from classsr.rasters.library import gdal
from classsr.rasters.raster import has_mask

GDAL_TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "float32": "Float32"}


def write_vrt(job: RasterJob, source: Any, *, scale: int) -> Path:
    """A VRT file, which shows the parts as one raster, and the mask of the source."""
    width, height = scale * source.width, scale * source.height
    root = ElementTree.Element("VRTDataset", rasterXSize=str(width), rasterYSize=str(height))
    heights = _heights(job)
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


def _heights(job: RasterJob) -> list[int]:
    """Rows of each part."""
    heights = []
    with gdal(job.target) as rasterio:
        for number in range(job.parts):
            with rasterio.open(job.part(number)) as part:
                heights.append(part.height)
    return heights
