"""Disks that are full: GDAL writes late, and does not tell all that fails then."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import tifffile

from classsr.errors import ClassSRError

ENDS = {  # of whole files
    ".png": b"IEND\xaeB`\x82",
    ".jpg": b"\xff\xd9",
    ".jpeg": b"\xff\xd9",
    ".jp2": b"\xff\xd9",
}


def check_space(path: Path, need: float) -> None:
    """Raise ClassSRError where the disk has less than so many bytes for a file."""
    free = shutil.disk_usage(path.parent).free
    if free < need:
        raise ClassSRError(
            f"{path}: takes up to {need / 1e6:.0f} MB and the disk has {free / 1e6:.0f}; free "
            f"space or choose another folder"
        )


def check_whole(path: Path) -> None:
    """Raise ClassSRError for a raster that was not written to its end."""
    end = ENDS.get(path.suffix)
    if not (_has_all_blocks(path) if end is None else _tail(path, len(end)) == end):
        raise ClassSRError(
            f"{path}: could not be written whole; free space or choose another folder"
        )


def _tail(path: Path, number: int) -> bytes:
    with path.open("rb") as file:
        file.seek(-min(number, path.stat().st_size), os.SEEK_END)
        return file.read()


def _has_all_blocks(path: Path) -> bool:
    """Whether every block of a TIFF lies within the file."""
    size = path.stat().st_size
    try:
        with tifffile.TiffFile(path) as file:
            return bool(file.pages) and all(
                count > 0 and offset + count <= size
                for page in file.pages
                for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True)
            )
    except (OSError, ValueError, struct.error, IndexError, KeyError):
        return False
