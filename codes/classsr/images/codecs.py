"""Image files as bytes: read them, notice where the end is missing, decode them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from classsr.errors import ClassSRError
from classsr.system.files import read_bytes


def read_encoded(path: Path) -> bytes:
    """The content of an image file.

    Raises ClassSRError for a file that cannot be read or is a PNG or JPEG without its end.
    """
    content = read_bytes(path)
    if _is_truncated(content):
        raise ClassSRError(f"{path}: the image is truncated; copy or download it again")
    return content


def decode(content: bytes, mode: int, *, path: Path) -> np.ndarray:
    """The pixels as OpenCV's decoders give them under a mode (cv2.IMREAD_...).

    Raises ClassSRError for content that none of them understands.
    """
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), mode) if content else None
    except cv2.error:
        image = None
    if image is None:
        raise not_an_image(path)
    return image


def not_an_image(path: Path) -> ClassSRError:
    """The error for content that a decoder does not understand."""
    return ClassSRError(f"{path}: not an image, or a damaged one; replace or remove the file")


def _is_truncated(content: bytes) -> bool:
    """Whether a PNG or JPEG lacks its end; some decoders fill the rest with grey without a word."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return not _has_png_end(content)
    if content.startswith(b"\xff\xd8"):
        return content.find(b"\xff\xd9", _start_of_jpeg_scan(content)) < 0
    return False


def _has_png_end(content: bytes) -> bool:
    """Walk the chunks (length, name, data, checksum) to a whole IEND."""
    position = 8
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        if content[position + 4 : position + 8] == b"IEND":
            return True
        position += 12 + length
    return False


def _start_of_jpeg_scan(content: bytes) -> int:
    """Skip the header segments, in which a thumbnail may bring an end marker of its own."""
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        if content[position + 1] == 0xDA:
            break
        position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
    return position
