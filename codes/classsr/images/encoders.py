"""Encoders: from a picture to the bytes of a file.

Pillow writes 16 bits in grey only, and no compressed TIFF that has EXIF directories, so both have
encoders of their own.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from classsr.images.exif import texts
from classsr.images.picture import Picture

PNG_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by number of channels
PNG_FILTER_UP = 2
ASCII = 2  # the type of a TIFF tag

# Compression that looks for runs only makes PNGs of photographs as small as the usual settings do,
# in a quarter of the time, which for a large picture is longer than its super-resolution takes.
LEVEL, STRATEGY = 1, zlib.Z_RLE


def encode_by_pillow(picture: Picture, name: str, **options: Any) -> bytes:
    """A file of a uint8 picture in the format that Pillow knows by `name`."""
    metadata = {"icc_profile": picture.icc, "exif": picture.exif}
    given = {key: value for key, value in metadata.items() if value}
    buffer = io.BytesIO()
    Image.fromarray(picture.pixels).save(buffer, name, **options, **given)
    return buffer.getvalue()


def encode_deep_png(picture: Picture) -> bytes:
    """A PNG file of a uint16 picture; every row is stored as its difference to the row above."""
    height, width = picture.pixels.shape[:2]
    rows = picture.pixels.astype(">u2", order="C").view(np.uint8).reshape(height, -1)
    filtered = np.empty((height, 1 + rows.shape[1]), dtype=np.uint8)
    filtered[:, 0] = PNG_FILTER_UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    colour_type = PNG_COLOUR_TYPES[picture.pixels[0, 0].size]
    chunks = [_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))]
    if picture.icc:
        chunks.append(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(picture.icc)))
    if picture.exif:
        chunks.append(_chunk(b"eXIf", picture.exif.removeprefix(b"Exif\0\0")))
    packer = zlib.compressobj(LEVEL, strategy=STRATEGY)
    chunks.append(_chunk(b"IDAT", packer.compress(filtered.data) + packer.flush()))
    chunks.append(_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def encode_tiff(picture: Picture) -> bytes:
    """A TIFF file; of the EXIF data it keeps the texts, such as camera and author."""
    channels = picture.pixels[0, 0].size
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        picture.pixels,
        photometric="rgb" if channels > 2 else "minisblack",
        planarconfig="contig" if channels > 1 else None,
        extrasamples=["unassalpha"] if channels % 2 == 0 else None,
        compression="zlib",
        compressionargs={"level": LEVEL},
        predictor=True,
        iccprofile=picture.icc,
        extratags=[(tag, ASCII, 0, text, True) for tag, text in texts(picture.exif).items()],
        metadata=None,
        software=False,
    )
    return buffer.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    """Length, name, content and checksum."""
    checksum = zlib.crc32(content, zlib.crc32(name))
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
