"""A picture in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classsr.images.channels import split_alpha


@dataclass(frozen=True)
class Picture:
    """Upright pixels and the metadata that stay true when the picture is enlarged.

    pixels: uint8 or uint16; grey (H, W), grey and alpha (H, W, 2), RGB (H, W, 3) or RGB and
        alpha (H, W, 4). Alpha is not multiplied into the colours.
    icc: the colour profile that the pixels are meant in.
    exif: the camera, the time, the place and the like; neither orientation nor size.
    """

    pixels: np.ndarray
    icc: bytes | None = None
    exif: bytes | None = None

    @property
    def is_transparent(self) -> bool:
        """Whether any pixel lets the background through."""
        _, alpha = split_alpha(self.pixels)
        return alpha is not None and bool((alpha != np.iinfo(alpha.dtype).max).any())
