"""Write a picture with its metadata, in the format that the file's extension names."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from classsr.errors import ClassSRError
from classsr.images.channels import join_alpha, split_alpha, to_rgb
from classsr.images.encoders import encode_by_pillow, encode_deep_png, encode_tiff
from classsr.images.formats import TIFF, Format, check_writable, format_of, with_quality
from classsr.images.origin import Origin, with_origin
from classsr.images.picture import Picture
from classsr.system.files import write_atomic


def write_picture(
    path: Path, picture: Picture, *, quality: int | None = None, origin: Origin | None = None
) -> None:
    """Write a picture atomically; grey, alpha and 16 bits stay where the format knows them.

    quality: 1 to 100 for the formats that lose something; None for what suits each.
    origin: what it was made from; `read_origin` finds it in the file.

    Raises ClassSRError where the format cannot hold the picture or the file cannot be written.
    """
    check_writable(path, picture)
    kind = format_of(path)
    try:
        content = encode(as_held(picture, kind), with_quality(kind, quality))
    except (OSError, ValueError, RuntimeError, struct.error) as error:
        raise ClassSRError(f"{path}: cannot be written as {kind.name} ({error})") from error
    write_atomic(path, with_origin(content, origin) if origin else content)


def encode(picture: Picture, kind: Format) -> bytes:
    """The bytes of a file that holds a picture which the format can hold."""
    if kind.name == TIFF.name:
        return encode_tiff(picture)
    if picture.pixels.dtype == np.uint16:
        return encode_deep_png(picture)
    return encode_by_pillow(picture, kind.name, **kind.options)


def as_held(picture: Picture, kind: Format) -> Picture:
    """The picture with fewer bits, with colours or without its opaque alpha, as a format asks."""
    pixels, icc = picture.pixels, picture.icc
    if pixels.dtype == np.uint16 and not kind.deep:
        pixels = np.rint(pixels / np.float32(257)).astype(np.uint8)
    colours, alpha = split_alpha(pixels)
    if colours.ndim == 2 and not kind.grey:
        colours, icc = to_rgb(colours), None  # the profile is one of grey values
    return Picture(join_alpha(colours, alpha if kind.alpha else None), icc=icc, exif=picture.exif)
