"""Pictures of all other formats that Pillow reads, frame by frame."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
from PIL import Image

from classsr.errors import ClassSRError
from classsr.images.codecs import check_jpeg, check_size, decode, read_by_pillow_heif
from classsr.images.exif import read_exif
from classsr.images.picture import Picture, upright_picture
from classsr.images.samples import UnknownValuesError, from_cmyk, to_integers

JPEG = b"\xff\xd8"
GREY = ("1", "L", "La", "LA")
COLOUR = ("P", "PA", "RGB", "RGBX", "RGBa", "RGBA", "YCbCr")
DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
# Formats that run other programs, are recognised only, or hold no pictures.
NOT_READ = ("EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG", "IPTC", "MCIDAS")
ANIMATED = ("GIF", "WEBP", "PNG", "AVIF", "FLI")  # others hold icons, previews or layers
NETPBM = re.compile(rb"P([2356])(?:\s+|#[^\n]*\n)+\d+(?:\s+|#[^\n]*\n)+\d+(?:\s+|#[^\n]*\n)+(\d+)")
JPEG_2000_SIZE = b"\xff\x4f\xff\x51"  # its bits per value stand 42 bytes behind
AVIF_CONFIGURATION = b"av1C"


@functools.cache
def readable_formats() -> tuple[str, ...]:
    """Pillow's names of the formats that are read."""
    read_by_pillow_heif()
    Image.init()
    return tuple(sorted(set(Image.OPEN) - set(NOT_READ)))


def opened(content: bytes, path: Path) -> Image.Image:
    """An image whose head is read."""
    image = Image.open(io.BytesIO(content), formats=readable_formats())
    check_size(*image.size, path)
    return image


def decode_still(content: bytes, path: Path) -> Picture:
    """The picture of a file, of an animation its first frame."""
    if content.startswith(JPEG):
        check_jpeg(content, path)
    with opened(content, path) as image:
        exif = read_exif(image.info.get("exif") or b"")
        deep = _deep_pixels(image, content, path)
        pixels = _pixels(image, content, path) if deep is None else deep
        return upright_picture(pixels, exif, icc=image.info.get("icc_profile"))


def decode_frames(content: bytes, path: Path) -> Iterator[tuple[np.ndarray, float]]:
    """The frames of an animation as they are seen, RGBA, and their milliseconds."""
    with opened(content, path) as image:
        for number in range(_first_frame(image), image.n_frames):
            image.seek(number)
            image.load()  # now the duration is that of this frame
            yield np.asarray(image.convert("RGBA")), float(image.info.get("duration") or 0)


def count_frames(content: bytes, path: Path) -> tuple[int, int]:
    """How many frames an animation has, 1 for a still picture, and how often it is played.

    0 times stand for ever.
    """
    with opened(content, path) as image:
        number = getattr(image, "n_frames", 1) - _first_frame(image)
        loop = image.info.get("loop")
        if image.format == "GIF":  # it counts the repetitions
            loop = 1 if loop is None else loop and loop + 1
        return (number if image.format in ANIMATED else 1), int(loop or 0)


def _first_frame(image: Image.Image) -> int:
    """An APNG may have a picture in front that is none of its frames."""
    return 1 if image.info.get("default_image") else 0


def _pixels(image: Image.Image, content: bytes, path: Path) -> np.ndarray:
    """The pixels of a frame: grey or RGB, with alpha where there is any."""
    if image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB"):  # OpenCV is faster
        mode = cv2.IMREAD_GRAYSCALE if image.mode == "L" else cv2.IMREAD_COLOR_RGB
        return decode(content, mode | cv2.IMREAD_IGNORE_ORIENTATION, path=path)
    if image.mode == "CMYK":
        return from_cmyk(np.asarray(image), image.info.get("icc_profile"))
    if image.mode in DEEP:
        return _integers(np.asarray(image), path)
    if image.mode not in (*GREY, *COLOUR):
        raise ClassSRError(f"{path}: holds {image.mode} values; convert it to RGB first")
    kind = "L" if image.mode in GREY else "RGB"
    return np.asarray(image.convert(f"{kind}A" if image.has_transparency_data else kind))


def _integers(samples: np.ndarray, path: Path) -> np.ndarray:
    """Grey values of more than 8 bits, uint16."""
    if samples.dtype == np.int32 and samples.min() >= 0 and samples.max() < 2**16:
        samples = samples.astype(np.uint16)
    try:
        return to_integers(samples, bits=16)
    except UnknownValuesError as error:
        raise ClassSRError(f"{path}: holds {error}") from error


def _deep_pixels(image: Image.Image, content: bytes, path: Path) -> np.ndarray | None:
    """Pixels of more than 8 bits, uint16, of formats that Pillow reads as 8; else None."""
    netpbm = NETPBM.match(content)
    if netpbm and int(netpbm[2]) > 255:
        samples = decode(content, cv2.IMREAD_UNCHANGED, path=path)
        grey_or_rgb = samples if samples.ndim == 2 else samples[:, :, ::-1]
        return np.rint(grey_or_rgb * (65535 / int(netpbm[2]))).clip(0, 65535).astype(np.uint16)
    if image.format == "JPEG2000":
        depth = content[content.find(JPEG_2000_SIZE) + 42]
        bits = (depth & 0x7F) + 1
        if bits > 8:
            return to_integers(imagecodecs.jpeg2k_decode(content), bits=bits)
    if image.format == "AVIF":
        flags = content[content.find(AVIF_CONFIGURATION) + 6]
        if flags & 0x40:
            bits = 12 if flags & 0x20 else 10
            return to_integers(imagecodecs.avif_decode(content), bits=bits)
    return None
