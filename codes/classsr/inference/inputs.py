"""What `Upscaler` takes and gives: NumPy arrays, PIL images and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from classsr.errors import ClassSRError
from classsr.images.picture_reader import read_picture

DEEP = 65535  # of uint16; float32 is computed in as many levels
PLAIN_MODES = {  # of PIL, and how their pixels are taken
    **dict.fromkeys(("1", "L"), "L"),
    **dict.fromkeys(("LA", "La"), "LA"),
    **dict.fromkeys(("RGB", "RGBX", "P", "CMYK", "YCbCr", "HSV"), "RGB"),
    **dict.fromkeys(("RGBA", "RGBa", "PA"), "RGBA"),
}

Back = Callable[[np.ndarray], Any]


def as_pixels(image: object) -> tuple[np.ndarray, Back]:
    """Pixels, uint8 or uint16, and the function that gives a result the kind of the input.

    image: see `Upscaler.__call__`; a file's result stays an array.
    Raises ClassSRError for what is no image.
    """
    if isinstance(image, (str, Path)):
        return read_picture(Path(image)).pixels, _as_it_is
    if isinstance(image, Image.Image):
        return _from_pil(image)
    if isinstance(image, np.ndarray):
        return _from_array(image)
    kind = f"{type(image).__module__}.{type(image).__qualname__}".removeprefix("builtins.")
    raise ClassSRError(
        f"expected a NumPy array, a PIL image or the path of a picture, found {kind}; "
        f"convert it with numpy.asarray"
    )


def check_image(image: np.ndarray, *, floats: bool = False) -> None:
    """Raise ClassSRError for an array that is no image of integers, or of `floats`."""
    fits = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (2, 3, 4))
    dtypes = (np.uint8, np.uint16, np.float32) if floats else (np.uint8, np.uint16)
    if image.dtype not in dtypes or not fits or image.size == 0:
        known = "uint8, uint16 or float32 in [0, 1]" if floats else "uint8 or uint16"
        shape = " x ".join(map(str, image.shape)) or "a single value"
        raise ClassSRError(
            f"expected an image (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) of {known}, "
            f"found {shape} of {image.dtype}"
        )


def _as_it_is(pixels: np.ndarray) -> np.ndarray:
    return pixels


def _from_array(image: np.ndarray) -> tuple[np.ndarray, Back]:
    if image.ndim == 3 and image.shape[2] == 1:
        pixels, back = _from_array(image[:, :, 0])
        return pixels, lambda result: back(result)[:, :, None]
    check_image(image, floats=True)
    if image.dtype != np.float32:
        return image, _as_it_is
    low, high = float(image.min()), float(image.max())
    if not (low >= 0 and high <= 1):  # also where one is no number
        raise ClassSRError(
            f"expected float32 values in [0, 1], found {low:g} to {high:g}; "
            f"divide by the largest possible value"
        )
    pixels = np.rint(image * np.float32(DEEP)).astype(np.uint16)
    return pixels, lambda result: result.astype(np.float32) / np.float32(DEEP)


def _from_pil(image: Image.Image) -> tuple[np.ndarray, Back]:
    try:
        upright = ImageOps.exif_transpose(image)
        pixels = _pil_pixels(upright)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ClassSRError(f"the PIL image cannot be read ({error}); open it again") from error

    def back(result: np.ndarray) -> Image.Image:
        made = Image.fromarray(result)
        kept = ("icc_profile",) if upright.mode in ("L", "LA", "RGB", "RGBA", "P") else ()
        made.info |= {key: upright.info[key] for key in kept if key in upright.info}
        return made

    return pixels, back


def _pil_pixels(image: Image.Image) -> np.ndarray:
    if 0 in image.size:
        raise ClassSRError(f"expected an image with pixels, found {image.width}x{image.height}")
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    mode = PLAIN_MODES.get(image.mode)
    if mode is None:
        raise ClassSRError(
            f"expected a PIL image of mode {', '.join(PLAIN_MODES)} or I;16, found {image.mode}"
        )
    if image.has_transparency_data and not mode.endswith("A"):
        mode += "A"
    return np.asarray(image.convert(mode))
