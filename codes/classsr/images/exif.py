"""EXIF data: what is kept of it, and the orientation that is applied instead."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image
from PIL.ExifTags import IFD, Base

# What describes the picture; the other tags of the first directory tell how its file is stored.
DESCRIPTIVE = (
    Base.ImageDescription,
    Base.Make,
    Base.Model,
    Base.Software,
    Base.DateTime,
    Base.Artist,
    Base.Copyright,
)
OF_SIZE = (Base.ExifImageWidth, Base.ExifImageHeight)


def kept_exif(exif: Image.Exif) -> bytes | None:
    """What stays true of a picture that is enlarged and upright, None where nothing does."""
    kept = Image.Exif()
    for tag in DESCRIPTIVE:
        if tag in exif:
            kept[tag] = _as_stored(exif[tag])
    for directory in (IFD.Exif, IFD.GPSInfo):
        entries = exif.get_ifd(directory)
        stay = {tag: _as_stored(value) for tag, value in entries.items() if tag not in OF_SIZE}
        if stay:
            kept[directory] = stay
    return kept.tobytes() if len(kept) else None


def texts(exif: bytes | None) -> dict[int, bytes]:
    """The texts among what `kept_exif` kept, by their tag."""
    kept = Image.Exif()
    kept.load(exif or b"")
    return {tag: _as_stored(str(kept[tag])) for tag in DESCRIPTIVE if tag in kept}


def _as_stored(value: object) -> Any:
    """Texts as the bytes of the file: Pillow reads them as Latin-1 and would write ASCII only."""
    return value.encode("latin-1", "replace") if isinstance(value, str) else value


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror pixels (H, W, ...) as the orientation tag (1 to 8) says."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
