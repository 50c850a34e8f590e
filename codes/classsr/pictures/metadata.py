"""EXIF data: what is kept of it, and the orientation that is applied instead."""

from __future__ import annotations

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
            kept[tag] = exif[tag]
    for directory in (IFD.Exif, IFD.GPSInfo):
        entries = exif.get_ifd(directory)
        stay = {tag: value for tag, value in entries.items() if tag not in OF_SIZE}
        if stay:
            kept[directory] = stay
    return kept.tobytes() if len(kept) else None


def texts(exif: bytes | None) -> dict[int, bytes]:
    """The texts among what `kept_exif` kept, by their tag."""
    kept = Image.Exif()
    kept.load(exif or b"")
    return {tag: str(kept[tag]).encode() for tag in DESCRIPTIVE if tag in kept}


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror pixels (H, W, ...) as the orientation tag (1 to 8) says."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
