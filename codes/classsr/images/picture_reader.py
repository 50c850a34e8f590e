"""Read a picture with all that its file holds."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms
from PIL.ExifTags import Base

from classsr.errors import ClassSRError
from classsr.images.codecs import decode, not_an_image, read_encoded
from classsr.images.exif import kept_exif, upright
from classsr.images.formats import FORMATS
from classsr.images.picture import Picture

# Pillow's modes of pictures with up to 8 bits per value, and with 16.
GREY = ("1", "L", "La", "LA")
COLOUR = ("P", "PA", "RGB", "RGBX", "RGBa", "RGBA", "YCbCr", "CMYK")
DEEP = ("I;16", "I;16B", "LA", "RGB", "RGBA")
PNG_DEPTH, PNG_COLOUR_TYPE = 24, 25  # where they stand in the file
PNG_GREY_ALPHA = 4


def read_picture(path: Path) -> Picture:
    """Read a picture upright; palettes and CMYK become RGB, of an animation the first frame counts.

    Raises ClassSRError for a file that cannot be read, is no picture of a known format, ends
    too early, is damaged or holds other values than 8 or 16 bits.
    """
    content = read_encoded(path)
    with _opened(io.BytesIO(content), path) as image:
        image.load()  # what is damaged fails here, where OpenCV would also speak to the console
        if _bits_per_value(image, content) == 16:
            pixels = _deep_pixels(image, content, path)
        else:
            pixels = _pixels(image, path)
        exif = image.getexif()
        # Both decoders turn a TIFF themselves, and Pillow then drops its orientation.
        return Picture(
            pixels=upright(pixels, exif.get(Base.Orientation, 1)),
            icc=None if image.mode == "CMYK" else image.info.get("icc_profile"),
            exif=kept_exif(exif),
        )


def count_pixels(path: Path) -> int:
    """Height times width from the head of a file, 0 where it cannot be read."""
    try:
        with _opened(path, path) as image:
            return image.width * image.height
    except ClassSRError:
        return 0


@contextmanager
def _opened(file: io.BytesIO | Path, path: Path) -> Iterator[Image.Image]:
    """An image whose head is read; what its decoder raises in the body becomes a ClassSRError."""
    names = sorted({kind.name for kind in FORMATS.values()})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata; what matters is raised
            with Image.open(file, formats=names) as image:
                yield image
    except Image.DecompressionBombError as error:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6
        raise ClassSRError(
            f"{path}: has more than {limit} megapixels; cut it into parts"
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise not_an_image(path) from error


def _bits_per_value(image: Image.Image, content: bytes) -> int:
    """Bits that the file holds per value; Pillow's modes do not tell for colour."""
    if image.format == "PNG":
        return content[PNG_DEPTH]
    if image.format == "TIFF":
        return int(np.max(image.getexif().get(Base.BitsPerSample, 1)))  # of one or of each channel
    return 8


def _pixels(image: Image.Image, path: Path) -> np.ndarray:
    """Pixels of up to 8 bits, uint8, by Pillow."""
    if image.mode not in (*GREY, *COLOUR):
        raise _unknown_values(image, path)
    if image.mode == "CMYK":
        return np.asarray(_from_cmyk(image))
    kind = "L" if image.mode in GREY else "RGB"
    return np.asarray(image.convert(f"{kind}A" if image.has_transparency_data else kind))


def _deep_pixels(image: Image.Image, content: bytes, path: Path) -> np.ndarray:
    """Pixels of 16 bits, uint16, by OpenCV: Pillow reads 16-bit colours as 8 bits."""
    if image.mode not in DEEP:
        raise _unknown_values(image, path)
    pixels = decode(content, cv2.IMREAD_UNCHANGED, path=path)
    if pixels.dtype != np.uint16:
        raise _unknown_values(image, path)
    if image.format == "PNG" and content[PNG_COLOUR_TYPE] == PNG_GREY_ALPHA:
        # OpenCV widens it to blue, green, red and alpha.
        return pixels[:, :, [0, 3]]
    if pixels.ndim == 3:
        pixels[:, :, :3] = pixels[:, :, 2::-1]
    return pixels


def _from_cmyk(image: Image.Image) -> Image.Image:
    """To RGB by the embedded profile, or by the plain formula where there is no usable one."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            to_srgb = ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                inMode="CMYK",
                outMode="RGB",
            )
            return to_srgb.apply(image)
        except ImageCms.PyCMSError:
            pass
    return image.convert("RGB")


def _unknown_values(image: Image.Image, path: Path) -> ClassSRError:
    return ClassSRError(
        f"{path}: expected 8 or 16 bits per value in grey, RGB or 8-bit CMYK, found {image.mode}; "
        f"convert it first"
    )
