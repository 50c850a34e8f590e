"""TIFF and PNG files written byte by byte, so that tests need no writer that they would test."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np

SHORT, LONG = 3, 4
ADAM7 = 1


def tiff(
    samples: np.ndarray,
    *,
    photometric: int,
    planar: bool = False,
    order: str = "<",
    bits: int | None = None,
    more: dict[int, tuple[int, Sequence[int]]] | None = None,
) -> bytes:
    """A TIFF file of samples (H, W, S), not compressed.

    planar: the samples of one kind together. bits: of a sample, for rows that are packed already.
    more: further tags, their type (SHORT or LONG) and values.
    """
    height, width, number = samples.shape
    stored = samples.astype(samples.dtype.newbyteorder(order))
    planes = [stored[:, :, i] for i in range(number)] if planar else [stored]
    strips = [plane.tobytes() for plane in planes]
    depth = bits or 8 * samples.dtype.itemsize
    tags: dict[int, tuple[int, Sequence[int]]] = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [depth] * number),
        259: (SHORT, [1]),
        262: (SHORT, [photometric]),
        273: (LONG, [0] * len(strips)),
        277: (SHORT, [number]),
        278: (LONG, [height]),
        279: (LONG, [len(strip) for strip in strips]),
        284: (SHORT, [2 if planar else 1]),
        339: (SHORT, [{"u": 1, "i": 2, "f": 3}[samples.dtype.kind]] * number),
        **(more or {}),
    }
    begin = 8 + 2 + 12 * len(tags) + 4
    long_values = sum(
        size for kind, values in tags.values() if (size := len(values) * (2 * kind - 4)) > 4
    )
    place = begin + long_values
    tags[273] = (LONG, [place + sum(map(len, strips[:i])) for i in range(len(strips))])
    table, contents = b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        content = struct.pack(f"{order}{len(values)}{'H' if kind == SHORT else 'I'}", *values)
        value = content.ljust(4, b"\0")
        if len(content) > 4:
            value = struct.pack(f"{order}I", begin + len(contents))
            contents += content
        table += struct.pack(f"{order}HHI", tag, kind, len(values)) + value
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, len(tags))
    return head + table + bytes(4) + contents + b"".join(strips)


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    rows: Sequence[bytes],
    *,
    width: int,
    depth: int,
    colour_type: int,
    before: bytes = b"",
    behind: bytes = b"",
) -> bytes:
    """A PNG file of rows of packed samples; before, behind: chunks around the pixels."""
    head = struct.pack(">IIBBBBB", width, len(rows), depth, colour_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [(b"IHDR", head), (b"IDAT", data)]
    first, second = (chunk(name, content) for name, content in chunks)
    return b"\x89PNG\r\n\x1a\n" + first + before + second + behind + chunk(b"IEND", b"")
