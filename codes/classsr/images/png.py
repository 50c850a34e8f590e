"""PNG files chunk by chunk: checksums, transparency, and what tells how colours are meant."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from classsr.images.codecs import check_size, decode, not_an_image, truncated
from classsr.images.exif import read_exif
from classsr.images.picture import Picture, upright_picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6  # colour types
OF_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
OF_ANIMATION = (b"acTL", b"fcTL", b"fdAT")
# Chunks that tell how colours are meant, and their length.
OF_COLOUR = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"mDCV": 24, b"cLLI": 8}
LARGEST_PROFILE = 2**26  # bytes; those of printers have some 2**21


class Chunk(NamedTuple):
    """A chunk of a file: its name, its content, and all of its bytes."""

    name: bytes
    data: memoryview
    whole: memoryview


def decode_png(content: bytes, path: Path) -> Picture:
    """The picture of a PNG file, of an animation the one that is shown where none is known.

    Up to 8 bits become uint8 and 16 bits uint16, over the full range; a transparent palette,
    colour or grey level becomes alpha.
    """
    chunks = read_chunks(content, path)
    pixels = _pixels(chunks, path)
    exif = read_exif(bytes(first(chunks, b"eXIf") or b""))
    colour_chunks = tuple(
        (name, bytes(data)) for name, data, _ in chunks if len(data) == OF_COLOUR.get(name, -1)
    )
    return upright_picture(pixels, exif, icc=profile(chunks), colour_chunks=colour_chunks)


def read_chunks(content: bytes, path: Path) -> list[Chunk]:
    """The chunks up to the end of the picture.

    Those that do not concern its pixels are left out where their checksum is wrong. Raises
    ClassSRError where the end is missing or a checksum of those that do concern them is wrong.
    """
    view, position, chunks = memoryview(content), len(SIGNATURE), []
    while position + 12 <= len(view):
        (length,) = struct.unpack_from(">I", view, position)
        name = bytes(view[position + 4 : position + 8])
        end = position + 12 + length
        if end > len(view):
            break
        is_whole = zlib.crc32(view[position + 4 : end - 4]) == int.from_bytes(
            view[end - 4 : end], "big"
        )
        if is_whole:
            chunks.append(Chunk(name, view[position + 8 : end - 4], view[position:end]))
        elif name in OF_PIXELS + OF_ANIMATION or not name[0] & 0x20:
            raise not_an_image(path)
        if name == b"IEND":
            return chunks
        position = end
    raise truncated(path)


def first(chunks: list[Chunk], name: bytes) -> memoryview | None:
    """The content of the first chunk of a name."""
    return next((chunk.data for chunk in chunks if chunk.name == name), None)


def animation(chunks: list[Chunk]) -> bytes:
    """A PNG file of the pixels of all frames, nothing where there is no animation."""
    if first(chunks, b"acTL") is None:
        return b""
    return _file(chunks, OF_PIXELS + OF_ANIMATION)


def profile(chunks: list[Chunk]) -> bytes | None:
    """The colour profile, None where there is none or it is damaged."""
    data = bytes(first(chunks, b"iCCP") or b"")
    _, _, packed = data.partition(b"\0")
    try:
        unpacked = zlib.decompressobj().decompress(packed[1:], LARGEST_PROFILE)
    except zlib.error:
        return None
    return unpacked or None


def _pixels(chunks: list[Chunk], path: Path) -> np.ndarray:
    head = first(chunks, b"IHDR")
    if head is None or len(head) != 13:
        raise not_an_image(path)
    width, height, depth, colour_type = struct.unpack(">IIBB", head[:10])
    check_size(width, height, path)
    if colour_type == PALETTE:
        return _of_palette(_file(chunks, OF_PIXELS))
    plain = [name for name in OF_PIXELS if name != b"tRNS"]
    samples = decode(_file(chunks, plain), cv2.IMREAD_UNCHANGED, path=path)
    if samples.dtype != (np.uint16 if depth == 16 else np.uint8):
        raise not_an_image(path)
    pixels = _in_order(samples, colour_type)
    key = first(chunks, b"tRNS")
    return pixels if key is None else _with_key(pixels, key, depth=depth, path=path)


def _file(chunks: list[Chunk], names: list[bytes] | tuple[bytes, ...]) -> bytes:
    """A PNG file of the chunks with these names: Pillow limits others, OpenCV applies some."""
    return SIGNATURE + b"".join(chunk.whole for chunk in chunks if chunk.name in names)


def _of_palette(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def _in_order(samples: np.ndarray, colour_type: int) -> np.ndarray:
    """OpenCV's samples as grey, grey and alpha, RGB or RGBA."""
    if colour_type == GREY:
        return samples
    if colour_type == GREY_ALPHA:  # OpenCV widens it to blue, green, red and alpha
        return np.ascontiguousarray(samples[:, :, [0, 3]])
    order = cv2.COLOR_BGR2RGB if colour_type == RGB else cv2.COLOR_BGRA2RGBA
    return cv2.cvtColor(samples, order, dst=samples)


def _with_key(pixels: np.ndarray, key: memoryview, *, depth: int, path: Path) -> np.ndarray:
    """Alpha behind grey or RGB: transparent where a pixel equals the key."""
    channels = pixels[0, 0].size
    if channels not in (1, 3):
        return pixels
    if len(key) < 2 * channels:
        raise not_an_image(path)
    largest = np.iinfo(pixels.dtype).max
    values = np.array(struct.unpack(f">{channels}H", key[: 2 * channels]), np.int64)
    values = (values & (2**depth - 1)) * (largest // (2**depth - 1))
    is_key = (pixels.reshape(*pixels.shape[:2], channels) == values).all(axis=2)
    return np.dstack([pixels, np.where(is_key, 0, largest).astype(pixels.dtype)])
