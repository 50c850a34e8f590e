"""Which files are read in rows: maps, and pictures above a size."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import tifffile
from PIL import Image, UnidentifiedImageError

from classsr.errors import ClassSRError

LARGE = 2**24  # pixels from which on a picture is read in rows, where rasterio is installed
MOST_PIXELS = 2**30  # 32,768 x 32,768
GEO_TAGS = (33550, 33922, 34264, 34735, 42113)  # georeference and nodata
TIFF_NAMES = (".tif", ".tiff")
# In the head of a JPEG 2000 file: the identity of its GeoJP2 box, and the name of its GML.
GEO_JP2 = (bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03"), b"gml.root-instance")


def is_map(path: Path) -> bool:
    """Whether a file is one that other readers would take the georeference or bands from."""
    if path.suffix.lower() == ".jp2":
        with suppress(OSError), path.open("rb") as head:
            content = head.read(2**16)
            return any(mark in content for mark in GEO_JP2)
    if path.suffix.lower() not in TIFF_NAMES:
        return False
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            return page.samplesperpixel > 4 or any(tag in page.tags for tag in GEO_TAGS)
    except (OSError, ValueError, struct.error, IndexError, KeyError):
        return False  # the reader of pictures says what is wrong


def picture_size(path: Path) -> tuple[int, int] | None:
    """Width and height from the head of a picture, None where it cannot be read."""
    limit = Image.MAX_IMAGE_PIXELS
    try:
        Image.MAX_IMAGE_PIXELS = None  # nothing is decoded here
        with Image.open(path) as image:
            return image.size
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError, EOFError, struct.error):
        return None
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def check_pixels(path: Path, width: int, height: int, *, most: int) -> None:
    """Raise ClassSRError for more pixels than the user allows, which protects from odd files."""
    if width * height > most:
        raise ClassSRError(
            f"{path}: {width}x{height} pixels are {width * height:,}, more than the {most:,} of "
            f"--max-pixels; raise it where the file is meant"
        )
