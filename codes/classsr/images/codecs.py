"""Decoders, and what is said of files that they do not understand or that are not read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from classsr.errors import ClassSRError

RAW = "camera raw: not read; develop it and save it as TIFF or PNG"
DOCUMENT = "not read; export its pages as PNG"
FOUND_AT = (
    (0, b"%PDF", f"PDF: {DOCUMENT}"),
    (0, b"%!PS", f"PostScript: {DOCUMENT}"),
    (0, b"\xc5\xd0\xd3\xc6", f"PostScript: {DOCUMENT}"),
    (0, b"<svg", "SVG: not read; export it as PNG in the size that is wanted"),
    (0, b"\xff\x0a", "JPEG XL: not read; convert it to PNG"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL: not read; convert it to PNG"),
    (0, b"v/1\x01", "OpenEXR: not read; convert it to 16-bit PNG or TIFF"),
    (0, b"#?RADIANCE", "Radiance HDR: not read; convert it to 16-bit PNG or TIFF"),
    (8, b"CR\x02", RAW),
    (4, b"ftypcrx", RAW),
    (0, b"FUJIFILMCCD-RAW", RAW),
    (0, b"IIU\0", RAW),
    (0, b"IIRO", RAW),
    (0, b"FOVb", RAW),
    (4, b"ftypisom", "a video: not read; export its frames as PNG"),
    (4, b"ftypmp4", "a video: not read; export its frames as PNG"),
    (4, b"ftypqt", "a video: not read; export its frames as PNG"),
    (0, b"\x1aE\xdf\xa3", "a video: not read; export its frames as PNG"),
)
RAW_EXTENSIONS = (".nef", ".nrw", ".arw", ".srf", ".sr2", ".dng", ".pef", ".orf", ".rw2", ".cr2")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
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


def check_known(content: bytes, path: Path) -> None:
    """Raise ClassSRError for files that are recognised and not read."""
    for offset, signature, message in FOUND_AT:
        if content.startswith(signature, offset):
            raise ClassSRError(f"{path}: {message}")
    if path.suffix.lower() in RAW_EXTENSIONS:
        raise ClassSRError(f"{path}: {RAW}")
    if is_heic(content) and not read_by_pillow_heif():
        raise ClassSRError(
            f"{path}: HEIC: not read; convert it to JPEG, or pip install pillow-heif"
        )


def is_heic(content: bytes) -> bool:
    """Whether a file holds a picture in HEVC."""
    is_avif = b"avif" in content[8:40] or b"avis" in content[8:40]
    return content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS and not is_avif


def read_by_pillow_heif() -> bool:
    """Whether Pillow reads HEIC, which pillow-heif teaches it where that is installed."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True
