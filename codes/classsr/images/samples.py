"""From the samples of a file to grey or RGB and alpha: one rule for all depths."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

from classsr.images.channels import to_8_bit

UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2  # what an extra sample of a TIFF means


class UnknownValuesError(Exception):
    """What kind of values a file holds that cannot be taken as a picture, and what to do."""


def to_integers(samples: np.ndarray, *, bits: int) -> np.ndarray:
    """Samples over the full range of uint8, or of uint16 where they have more than 8 bits.

    samples: whole numbers of `bits` bits, or floats in [0, 1], which become uint16.
    Raises UnknownValuesError for others.
    """
    if samples.dtype.kind == "f":
        lowest, highest = float(samples.min()), float(samples.max())
        if not (lowest >= 0 and highest <= 1):  # nor where they are no numbers
            raise UnknownValuesError(
                f"floats from {lowest:g} to {highest:g}, expected 0 to 1; scale them first"
            )
        return np.rint(samples * np.float64(65535)).astype(np.uint16)
    if samples.dtype.kind not in "ub":
        raise UnknownValuesError(f"values of {samples.dtype}; convert them to 8 or 16 bits")
    dtype = np.uint8 if bits <= 8 else np.uint16
    largest = int(np.iinfo(dtype).max)
    if 2**bits - 1 == largest:
        return samples.astype(dtype, copy=False)
    return np.rint(samples * (largest / (2**bits - 1))).astype(dtype)


def unmultiplied(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours (H, W, C) into which alpha (H, W) was multiplied, without it."""
    share = alpha[:, :, None].astype(np.float64) / np.iinfo(alpha.dtype).max
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(share > 0, colours / share, 0)
    return np.rint(np.minimum(plain, np.iinfo(colours.dtype).max)).astype(colours.dtype)


def from_palette(indices: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """RGB (H, W, 3), uint8, of indices (H, W) into a palette (3, N) of 16 bits.

    Old writers filled only the lower 8 bits.
    """
    eight = palette if palette.max() < 256 else palette >> 8
    return np.ascontiguousarray(eight.astype(np.uint8).T[indices])


def from_cmyk(inks: np.ndarray, icc: bytes | None) -> np.ndarray:
    """RGB (H, W, 3), uint8, of inks (H, W, 4), uint8 or uint16.

    By the embedded profile, or by the plain formula where there is no usable one.
    """
    image = Image.frombytes("CMYK", inks.shape[1::-1], to_8_bit(inks).tobytes())
    if icc:
        try:
            to_srgb = ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(io.BytesIO(icc)),
                ImageCms.createProfile("sRGB"),
                inMode="CMYK",
                outMode="RGB",
            )
            return np.asarray(to_srgb.apply(image))
        except (ImageCms.PyCMSError, OSError):
            pass
    return np.asarray(image.convert("RGB"))
