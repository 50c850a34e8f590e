"""TIFF files page by page: what their tags say about the samples, and metadata."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from classsr.errors import ClassSRError
from classsr.images.codecs import check_size, not_an_image, truncated
from classsr.images.exif import read_exif
from classsr.images.picture import Picture, upright_picture
from classsr.images.samples import (
    ASSOCIATED,
    UNASSOCIATED,
    UNSPECIFIED,
    UnknownValuesError,
    from_cmyk,
    from_palette,
    to_integers,
    unmultiplied,
)

SIGNATURES = tuple(
    order + magic
    for order, magics in {b"II": (b"*\0", b"+\0"), b"MM": (b"\0*", b"\0+")}.items()
    for magic in magics
)
REDUCED, MASK = 1, 4  # kinds of pages that belong to another one
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3}
OTHERS = {4: "a mask", 8: "CIELab", 9: "ICCLab", 10: "ITULab", 32803: "camera raw", 34892: "raw"}
NONE, OLD_JPEG, JPEG = 1, 6, 7  # compressions
INK_SET, COLOUR_PROFILE, DNG_VERSION, SUB_FILES = 332, 34675, 50706, 330

log = logging.getLogger("classsr")


def read_pages(content: bytes, path: Path) -> list[Any]:
    """The pages of a TIFF file that are pictures of their own, as tifffile gives them."""
    pages: list[Any] = list(tifffile.TiffFile(io.BytesIO(content)).pages)
    own = [page for page in pages if not _kind(page) & (REDUCED | MASK)]
    if DNG_VERSION in pages[0].tags or (not own and SUB_FILES in pages[0].tags):
        raise ClassSRError(f"{path}: camera raw; develop it and save it as TIFF or PNG")
    return own or pages[:1]


def decode_page(page: Any, content: bytes, path: Path) -> Picture:
    """The picture of a page: grey or RGB, with alpha where a sample is said to be it.

    Up to 8 bits become uint8, more and floats in [0, 1] uint16; CMYK becomes RGB of 8 bits.
    """
    exif = read_exif(content, offset=page.offset)
    icc = page.tags.valueof(COLOUR_PROFILE)
    icc = icc if isinstance(icc, bytes) else None
    try:
        pixels = _pixels(page, content, icc, path)
    except UnknownValuesError as error:
        raise ClassSRError(f"{path}: holds {error}") from error
    return upright_picture(pixels, exif, icc=icc)


def _kind(page: Any) -> int:
    kind = page.subfiletype
    return kind if isinstance(kind, int) else 0


def _pixels(page: Any, content: bytes, icc: bytes | None, path: Path) -> np.ndarray:
    """Grey, grey and alpha, RGB or RGBA, as the tags say."""
    check_size(page.imagewidth, page.imagelength * max(1, page.samplesperpixel // 4), path)
    photometric = int(page.photometric)
    if page.compression == OLD_JPEG or (photometric == YCBCR and page.compression != JPEG):
        return _by_pillow(content, page.index)
    if photometric not in COLOURS:
        values = OTHERS.get(photometric, f"photometric interpretation {photometric}")
        raise UnknownValuesError(f"{values}; convert it to RGB first")
    if photometric == CMYK and page.tags.valueof(INK_SET, 1) != 1:
        raise UnknownValuesError("other inks than CMYK; convert it to RGB first")
    samples = _samples(page, content, path)
    number = COLOURS[photometric]
    if samples.shape[2] < number or not isinstance(page.bitspersample, int):
        raise not_an_image(path)
    place, kind = _alpha(page, samples.shape[2] - number, path)
    chosen = [*range(number), *([] if place is None else [number + place])]
    if photometric == PALETTE:
        pixels = from_palette(samples[:, :, 0], np.asarray(page.colormap))
        alpha = to_integers(samples[:, :, chosen[1:]], bits=8)
    else:
        kept = samples if len(chosen) == samples.shape[2] else samples[:, :, chosen]
        kept = to_integers(kept, bits=page.bitspersample)
        pixels, alpha = kept[:, :, :number], kept[:, :, number:]
    if kind == ASSOCIATED:
        pixels = unmultiplied(pixels, alpha[:, :, 0])
    if photometric == WHITE_IS_ZERO:
        pixels = np.iinfo(pixels.dtype).max - pixels
    if photometric == CMYK:
        alpha = to_integers(alpha, bits=8) if alpha.dtype == np.uint8 else (alpha >> 8).astype("u1")
        pixels = from_cmyk(pixels, icc)
    joined = np.concatenate([pixels, alpha], axis=2) if alpha.shape[2] else pixels
    return joined[:, :, 0] if joined.shape[2] == 1 else joined


def _samples(page: Any, content: bytes, path: Path) -> np.ndarray:
    """The samples as they are stored, (H, W, number of samples)."""
    offsets, counts = page.dataoffsets, page.databytecounts
    if len(offsets) < np.prod(page.chunked) or not all(offsets) or not all(counts):
        raise truncated(path)
    end = max(offset + count for offset, count in zip(offsets, counts, strict=False))
    if page.compression != NONE and end > len(content):
        raise truncated(path)
    planes, depth, height, width, samples = page.shaped
    if depth != 1:
        raise UnknownValuesError("a volume; save its slices as pages")
    try:
        stored = page.asarray().reshape(planes, height, width, samples)
    except ValueError as error:  # counts of uncompressed files may claim more than there need be
        if end > len(content):
            raise truncated(path) from error
        raise
    return stored[0] if planes == 1 else np.moveaxis(stored[..., 0], 0, 2)


def _alpha(page: Any, number: int, path: Path) -> tuple[int | None, int]:
    """Which of the extra samples is alpha, None where none is, and of what kind.

    A single extra sample without a word on it is alpha, as most writers mean it; what is said
    to be unspecified is left out.
    """
    kinds = [int(kind) for kind in page.extrasamples][:number]
    if not kinds and number == 1:
        return 0, UNASSOCIATED
    alphas = [
        (place, kind) for place, kind in enumerate(kinds) if kind in (ASSOCIATED, UNASSOCIATED)
    ]
    if number > len(alphas[:1]):
        log.warning("%s: %d further bands are left out", path, number - len(alphas[:1]))
    return alphas[0] if alphas else (None, UNSPECIFIED)


def _by_pillow(content: bytes, number: int) -> np.ndarray:
    """RGB of kinds that only the TIFF library knows, by Pillow."""
    with Image.open(io.BytesIO(content), formats=["TIFF"]) as image:
        image.seek(number)
        image.load()
        return np.asarray(image.convert("RGB"))
