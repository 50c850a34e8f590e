"""Write pictures with their metadata, in the format that the file's extension names."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from classsr.errors import ClassSRError
from classsr.images.channels import join_alpha, split_alpha, to_8_bit, to_rgb
from classsr.images.encoders import (
    encode_animation,
    encode_by_pillow,
    encode_deep_png,
    encode_netpbm,
    encode_tiff,
)
from classsr.images.exif import exif_block, read_exif
from classsr.images.formats import (
    NETPBM,
    PNG,
    TIFF,
    Format,
    check_writable,
    format_of,
    losses,
    with_quality,
)
from classsr.images.origin import Origin, with_origin
from classsr.images.picture import Picture, fitting
from classsr.system.files import write_atomic

log = logging.getLogger("classsr")


def write_picture(path: Path, picture: Picture) -> None:
    """Write a picture atomically; grey, alpha and 16 bits stay where the format knows them.

    A warning tells what the format drops. Raises ClassSRError where the format cannot hold the
    picture or the file cannot be written.
    """
    write_pictures(path, [picture])


def write_pictures(
    path: Path,
    pictures: Iterable[Picture],
    *,
    plays: int | None = None,
    quality: int | None = None,
    origin: Origin | None = None,
) -> None:
    """Write pictures into one file as `write_picture` does, taking one after the other.

    plays: how often an animation is played, 0 for ever; None for pages, or a single picture.
    quality: 1 to 100 for the formats that lose something; None for what suits each.
    origin: what they were made from; `read_origin` finds it in the file.
    """
    kind = format_of(path)
    chain = _checked(path, pictures, kind)
    try:
        content = encode(chain, with_quality(kind, quality), plays=plays)
    except (OSError, ValueError, RuntimeError, struct.error, MemoryError) as error:
        reason = "too large for the memory" if isinstance(error, MemoryError) else error
        raise ClassSRError(f"{path}: cannot be written as {kind.name} ({reason})") from error
    write_atomic(path, with_origin(content, origin) if origin else content)


def encode(pictures: Iterable[Picture], kind: Format, *, plays: int | None = None) -> bytes:
    """The bytes of a file that holds pictures which the format can hold."""
    held = (as_held(picture, kind) for picture in pictures)
    if kind is TIFF:
        return encode_tiff(held)
    if plays is not None:
        return encode_animation(list(held), kind.name, plays=plays, **kind.options)
    picture = next(held)
    if kind is NETPBM:
        return encode_netpbm(picture)
    if picture.pixels.dtype == np.uint16:
        return encode_deep_png(picture)
    return encode_by_pillow(picture, kind.name, **kind.options)


def as_held(picture: Picture, kind: Format) -> Picture:
    """The picture with fewer bits, with colours or without its opaque alpha, as a format asks."""
    pixels = picture.pixels
    if not kind.deep or picture.milliseconds is not None:
        pixels = to_8_bit(pixels)
    colours, alpha = split_alpha(pixels)
    if colours.ndim == 2 and not kind.grey:
        colours = to_rgb(colours)
    icc = fitting(picture.icc, is_grey=colours.ndim == 2) if kind.profile else None
    exif = None if kind.exif == 0 else exif_block(read_exif(picture.exif or b""), limit=kind.exif)
    return replace(
        picture,
        pixels=join_alpha(colours, alpha if kind.alpha else None),
        icc=icc,
        exif=exif,
        colour_chunks=picture.colour_chunks if kind is PNG else (),
    )


def _checked(path: Path, pictures: Iterable[Picture], kind: Format) -> Iterator[Picture]:
    """The pictures as they come, each one checked; what the format drops is told once."""
    told: set[str] = set()
    for picture in pictures:
        check_writable(path, picture)
        for lost in losses(picture, kind):
            if lost not in told:
                log.warning("%s: %s does not keep %s", path, kind.name, lost)
            told.add(lost)
        yield picture
