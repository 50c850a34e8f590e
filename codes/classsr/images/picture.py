"""A picture in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classsr.images.channels import split_alpha
from classsr.images.exif import Exif, exif_block, upright

COLOUR_VALUES, GREY_VALUES = b"RGB ", b"GRAY"


@dataclass(frozen=True)
class Picture:
    """Upright pixels and the metadata that stay true when the picture is enlarged.

    pixels: uint8 or uint16; grey (H, W), grey and alpha (H, W, 2), RGB (H, W, 3) or RGB and
        alpha (H, W, 4). Alpha is not multiplied into the colours.
    icc: the colour profile that the pixels are meant in.
    exif: the camera, the time, the place and the like; neither orientation nor size.
    colour_chunks: name and content of the chunks of a PNG that tell how its colours are meant.
    milliseconds: how long the picture is shown, where it is the frame of an animation.
    """

    pixels: np.ndarray
    icc: bytes | None = None
    exif: bytes | None = None
    colour_chunks: tuple[tuple[bytes, bytes], ...] = ()
    milliseconds: float | None = None

    @property
    def is_transparent(self) -> bool:
        """Whether any pixel lets the background through."""
        _, alpha = split_alpha(self.pixels)
        return alpha is not None and bool((alpha != np.iinfo(alpha.dtype).max).any())


def upright_picture(
    pixels: np.ndarray,
    exif: Exif | None,
    *,
    icc: object,
    colour_chunks: tuple[tuple[bytes, bytes], ...] = (),
) -> Picture:
    """The picture of pixels as they are stored. icc: left out where it cannot be theirs."""
    return Picture(
        upright(pixels, exif.orientation if exif else 1),
        icc=fitting(icc, is_grey=pixels[0, 0].size < 3),
        exif=exif_block(exif),
        colour_chunks=colour_chunks,
    )


def colour_space(icc: bytes) -> bytes:
    """The colour space that a profile is for, four letters such as b"RGB "."""
    return icc[16:20]


def fitting(icc: object, *, is_grey: bool) -> bytes | None:
    """A profile where it can be one of grey or RGB values, None for others."""
    spaces = (COLOUR_VALUES, GREY_VALUES) if is_grey else (COLOUR_VALUES,)
    return icc if isinstance(icc, bytes) and colour_space(icc) in spaces else None
