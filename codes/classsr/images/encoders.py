"""Encoders: from a picture to the bytes of a file.

Pillow writes 16 bits in grey only, and no compressed TIFF that has EXIF directories, so both have
encoders of their own.
"""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from classsr.images.exif import (
    ASCII,
    LONG,
    Exif,
    directory_bytes,
    inner_directories,
    little_endian,
    read_exif,
)
from classsr.images.picture import Picture

PNG_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by number of channels
PNG_FILTER_UP = 2
LARGEST_TIFF = 2**32 - 2**25  # bytes of pixels; larger ones need offsets of 64 bits
PNG_HEAD = 33  # bytes of signature and first chunk

# Compression that looks for runs only makes PNGs of photographs as small as the usual settings do,
# in a quarter of the time, which for a large picture is longer than its super-resolution takes.
LEVEL, STRATEGY = 1, zlib.Z_RLE


def encode_by_pillow(picture: Picture, name: str, **options: Any) -> bytes:
    """A file of a uint8 picture in the format that Pillow knows by `name`."""
    buffer = io.BytesIO()
    Image.fromarray(picture.pixels).save(buffer, name, **options, **_metadata(picture))
    return _with_chunks(buffer.getvalue(), picture)


def encode_animation(frames: list[Picture], name: str, *, plays: int, **options: Any) -> bytes:
    """A file of uint8 frames of one size; plays: how often they are shown, 0 for ever."""
    images = [Image.fromarray(frame.pixels) for frame in frames]
    if len({image.mode for image in images}) > 1:
        images = [image.convert("RGBA") for image in images]
    if name == "GIF":  # it counts the repetitions
        options |= {"disposal": 2} | ({} if plays == 1 else {"loop": plays and plays - 1})
    else:
        options |= {"loop": plays}
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        name,
        save_all=True,
        append_images=images[1:],
        duration=[round(frame.milliseconds or 0) for frame in frames],
        **options,
        **_metadata(frames[0]),
    )
    return _with_chunks(buffer.getvalue(), frames[0])


def encode_netpbm(picture: Picture) -> bytes:
    """A PGM or PPM file of a grey or RGB picture, uint8 or uint16."""
    height, width = picture.pixels.shape[:2]
    kind = 5 if picture.pixels.ndim == 2 else 6
    largest = np.iinfo(picture.pixels.dtype).max
    values = picture.pixels.astype(picture.pixels.dtype.newbyteorder(">"))
    return f"P{kind}\n{width} {height}\n{largest}\n".encode() + values.tobytes()


def _metadata(picture: Picture) -> dict[str, bytes]:
    metadata = {"icc_profile": picture.icc, "exif": picture.exif}
    return {key: value for key, value in metadata.items() if value}


def _with_chunks(content: bytes, picture: Picture) -> bytes:
    """A PNG file with the chunks that tell how its colours are meant behind its head."""
    chunks = b"".join(png_chunk(name, data) for name, data in picture.colour_chunks)
    return content[:PNG_HEAD] + chunks + content[PNG_HEAD:] if chunks else content


def encode_deep_png(picture: Picture) -> bytes:
    """A PNG file of a uint16 picture; every row is stored as its difference to the row above."""
    height, width = picture.pixels.shape[:2]
    rows = picture.pixels.astype(">u2", order="C").view(np.uint8).reshape(height, -1)
    filtered = np.empty((height, 1 + rows.shape[1]), dtype=np.uint8)
    filtered[:, 0] = PNG_FILTER_UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    colour_type = PNG_COLOUR_TYPES[picture.pixels[0, 0].size]
    chunks = [png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))]
    chunks += [png_chunk(name, data) for name, data in picture.colour_chunks]
    if picture.icc:
        chunks.append(png_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(picture.icc)))
    if picture.exif:
        chunks.append(png_chunk(b"eXIf", picture.exif.removeprefix(b"Exif\0\0")))
    packer = zlib.compressobj(LEVEL, strategy=STRATEGY)
    chunks.append(png_chunk(b"IDAT", packer.compress(filtered.data) + packer.flush()))
    chunks.append(png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def encode_tiff(pictures: Iterable[Picture]) -> bytes:
    """A TIFF file with a page for each picture."""
    buffer, exifs = io.BytesIO(), []
    iterator = iter(pictures)
    first = next(iterator)
    is_big = first.pixels.nbytes > LARGEST_TIFF
    with tifffile.TiffWriter(buffer, bigtiff=is_big, byteorder="<") as file:
        for picture in itertools.chain([first], iterator):
            exif = read_exif(picture.exif or b"")
            exifs.append(little_endian(exif) if exif and not is_big else None)
            _write_page(file, picture, exifs[-1])
    return _with_inner_directories(buffer.getvalue(), exifs)


def _write_page(file: tifffile.TiffWriter, picture: Picture, exif: Exif | None) -> None:
    """Write a page, with a tag for each inner directory of its EXIF data.

    tifffile refuses to write their own tags, so the ones before them stand there for now.
    """
    tags: list[Any] = [
        (tag, ASCII, 0, entry.content.rstrip(b"\0"), True)
        for tag, entry in (exif.main if exif else {}).items()
    ]
    tags += [(tag - 1, LONG, 1, 0, True) for tag in (inner_directories(exif) if exif else ())]
    channels = picture.pixels[0, 0].size
    file.write(
        picture.pixels,
        photometric="rgb" if channels > 2 else "minisblack",
        planarconfig="contig" if channels > 1 else None,
        extrasamples=["unassalpha"] if channels % 2 == 0 else None,
        compression="zlib",
        compressionargs={"level": LEVEL},
        predictor=True,
        iccprofile=picture.icc,
        extratags=tags,
        metadata=None,
        software=False,
    )


def _with_inner_directories(written: bytes, exifs: list[Exif | None]) -> bytes:
    """A TIFF file with the directories that its pages' EXIF data have, behind its end."""
    if not any(exifs):
        return written
    content = bytearray(written)
    for page, exif in zip(tifffile.TiffFile(io.BytesIO(written)).pages, exifs, strict=True):
        for tag, entries in (inner_directories(exif) if exif else {}).items():
            content += bytes(len(content) % 2)
            entry = page.aspage().tags[tag - 1]
            struct.pack_into("<H", content, entry.offset, tag)
            struct.pack_into("<I", content, entry.valueoffset, len(content))
            content += directory_bytes(entries, start=len(content), order="<")
    return bytes(content)


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file: length, name, content and checksum."""
    checksum = zlib.crc32(content, zlib.crc32(name))
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
