"""What a result was made from, in a few words of JSON near the end of its file.

PNG has it in a text chunk, JPEG in a comment, AVIF and JPEG 2000 in a free box. Readers of the
other formats stop where the picture ends; there it stands behind it.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

from classsr.images.encoders import png_chunk

KEYWORD = b"ClassSR-origin"
LONGEST = 4096  # bytes at the end of a file within which it lies
PNG_END, JPEG_END = b"\0\0\0\0IEND\xae\x42\x60\x82", b"\xff\xd9"
PNG_START, JPEG_START = b"\x89PNG", b"\xff\xd8"
BOXES = (b"ftyp", b"jP  ")  # behind the length of the first box

Origin = dict[str, Any]


def with_origin(content: bytes, origin: Origin) -> bytes:
    """The bytes of an image file with its origin, less than 4 kB of JSON."""
    text = KEYWORD + b"\0" + json.dumps(origin, sort_keys=True).encode()
    if content.startswith(PNG_START) and content.endswith(PNG_END):
        return content.removesuffix(PNG_END) + png_chunk(b"tEXt", text) + PNG_END
    if content.startswith(JPEG_START) and content.endswith(JPEG_END):
        comment = b"\xff\xfe" + struct.pack(">H", 2 + len(text)) + text
        return content.removesuffix(JPEG_END) + comment + JPEG_END
    if content[4:8] in BOXES:
        return content + struct.pack(">I4s", 8 + len(text), b"free") + text
    return content + text


def add_origin(path: Path, origin: Origin) -> None:
    """The same for a file of any size, which is changed in place."""
    with path.open("r+b") as file:
        head = file.read(8)
        place = file.seek(-len(PNG_END), os.SEEK_END)
        end = with_origin(head + file.read(), origin)[len(head) :]
        file.seek(place)
        file.write(end)


def read_origin(path: Path) -> Origin | None:
    """The origin that a file tells, None where it tells none or cannot be read."""
    if not path.is_file():  # a pipe would be waited for
        return None
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LONGEST))
            end = file.read(LONGEST)
        _, _, text = end.rpartition(KEYWORD + b"\0")
        origin, _ = json.JSONDecoder().raw_decode(text.decode("latin-1"))
    except (OSError, ValueError):
        return None
    return origin if isinstance(origin, dict) else None
