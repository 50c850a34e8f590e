"""Parts of pictures as small image files: what is on the screen, in as many pixels as it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from classsr.images.channels import split_alpha, to_8_bit
from classsr.images.encoders import encode_by_pillow
from classsr.images.picture import Picture
from classsr.images.resize import imresize

Layer = Literal["after", "bicubic", "nearest", "truth"]
LARGEST = 4096  # pixels along a side of a part


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture in LR pixels, and how many pixels wide it is wanted."""

    left: int
    top: int
    width: int
    height: int
    wanted: int

    def clipped(self, size: tuple[int, int]) -> Window:
        """The same within a picture of LR size (height, width), and of bounded size."""
        left, top = (min(max(v, 0), n - 1) for v, n in ((self.left, size[1]), (self.top, size[0])))
        return Window(
            left=left,
            top=top,
            width=min(max(self.width, 1), size[1] - left),
            height=min(max(self.height, 1), size[0] - top),
            wanted=min(max(self.wanted, 1), LARGEST),
        )

    def cut(self, image: np.ndarray, *, scale: int = 1) -> np.ndarray:
        """Its part of an image that is enlarged by `scale`."""
        rows = slice(scale * self.top, scale * (self.top + self.height))
        return image[rows, scale * self.left : scale * (self.left + self.width)]

    def size(self, *, scale: int) -> tuple[int, int]:
        """Height and width to send: those wanted, but no more than an enlargement has."""
        width = min(self.wanted, scale * self.width)
        factor = min(width / self.width, LARGEST / self.height)
        return max(1, round(factor * self.height)), max(1, round(factor * self.width))


def enlarged_part(result: np.ndarray, window: Window, *, scale: int) -> np.ndarray:
    """The window's part of an enlarged image, uint8."""
    return shrunk(window.cut(result, scale=scale), window.size(scale=scale))


def original_part(image: np.ndarray, window: Window, *, scale: int, smooth: bool) -> np.ndarray:
    """The window's part of the LR image, uint8; where it must be enlarged, without a network.

    smooth: bicubic; otherwise every pixel becomes a square.
    """
    part, size = window.cut(image), window.size(scale=scale)
    if size[1] <= part.shape[1]:
        return shrunk(part, size)
    if smooth:
        return to_8_bit(imresize(part, size=size))
    return to_8_bit(cv2.resize(part, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT))


def shrunk(part: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resized to (height, width) by averaging, uint8."""
    if part.shape[:2] != size:
        part = cv2.resize(np.ascontiguousarray(part), size[::-1], interpolation=cv2.INTER_AREA)
    return to_8_bit(part)


def encode_part(pixels: np.ndarray, source: Picture, *, exact: bool) -> tuple[bytes, str]:
    """A file with the colour profile of its picture, and its media type.

    exact: without loss, for real pixels; so is what is transparent.
    """
    part = replace(source, pixels=np.ascontiguousarray(pixels), exif=None)
    if exact or split_alpha(pixels)[1] is not None:
        return encode_by_pillow(part, "PNG", compress_level=1), "image/png"
    return encode_by_pillow(part, "JPEG", quality=92, subsampling=0), "image/jpeg"
