"""Decoders, and what is said of files that they do not understand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from classsr.errors import ClassSRError

START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers of a JPEG


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Whatever a decoder raises in the body becomes the ClassSRError of its file."""
    try:
        yield
    except ClassSRError:
        raise
    except MemoryError as error:
        raise ClassSRError(
            f"{path}: too large for the memory; cut the picture into parts"
        ) from error
    except Image.DecompressionBombError as error:
        raise too_large(path) from error
    except Exception as error:
        raise not_an_image(path) from error


def decode(content: bytes | bytearray, mode: int, *, path: Path) -> np.ndarray:
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


def check_size(width: int, height: int, path: Path) -> None:
    """Raise ClassSRError for a picture without pixels or with more than are read."""
    if min(width, height) < 1:
        raise not_an_image(path)
    if Image.MAX_IMAGE_PIXELS and width * height > 2 * Image.MAX_IMAGE_PIXELS:
        raise too_large(path)


def not_an_image(path: Path) -> ClassSRError:
    """The error for content that a decoder does not understand."""
    return ClassSRError(f"{path}: not an image, or a damaged one; replace or remove the file")


def truncated(path: Path) -> ClassSRError:
    """The error for content that ends too early."""
    return ClassSRError(f"{path}: the image is truncated; copy or download it again")


def too_large(path: Path) -> ClassSRError:
    """The error for more pixels than are read."""
    limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6
    return ClassSRError(f"{path}: has more than {limit} megapixels; cut it into parts")


def check_jpeg(content: bytes, path: Path) -> None:
    """Raise ClassSRError for a JPEG without its end or with more than 8 bits per value.

    Decoders fill what is missing with grey without a word. The header's segments are walked,
    because a thumbnail in them may bring an end of its own.
    """
    position = 2
    while position + 5 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xDA:
            break
        if marker in START_OF_FRAME and content[position + 4] != 8:
            bits = content[position + 4]
            raise ClassSRError(f"{path}: a JPEG of {bits} bits per value; convert it to PNG")
        position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
    if content.find(b"\xff\xd9", position) < 0:
        raise truncated(path)
