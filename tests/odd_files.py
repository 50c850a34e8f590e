"""A folder of picture files as users have them, and of files that only look like pictures."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms
from PIL.ExifTags import Base

from classsr.images.resize import imresize

HEIGHT, WIDTH = 40, 56
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def smooth(height: int = HEIGHT, width: int = WIDTH, *, channels: int = 3) -> np.ndarray:
    """An image without fine detail, so that all interpolations of it look alike."""
    rng = np.random.default_rng(channels)
    coarse = rng.integers(40, 216, (height // 8 + 1, width // 8 + 1, channels), dtype=np.uint8)
    return imresize(coarse, size=(height, width)).squeeze()


def deep(image: np.ndarray) -> np.ndarray:
    """The same in 16 bits, with values between those of 8 bits."""
    return image.astype(np.uint16) * 257 + 100


def write_good(folder: Path) -> dict[str, np.ndarray]:
    """Write the files that can be upscaled; returns the upright pixels that each holds.

    Grey (H, W), grey and alpha (H, W, 2), RGB (H, W, 3) or RGBA (H, W, 4), uint8 or uint16.
    """
    rgb, rgba, grey, grey_alpha = (smooth(channels=number) for number in (3, 4, 1, 2))
    wide = smooth(5, 2000)
    exif = Image.Exif()
    exif[Base.Orientation], exif[Base.Make] = 6, "Camera & Co"
    save: Callable[..., None] = lambda array, name, **options: Image.fromarray(array).save(  # noqa: E731
        folder / name, **options
    )
    save(grey, "grey.png")
    save(grey_alpha, "grey with alpha.png")
    save(rgb, "UPPER.PNG")
    save(rgb, "Grüße 写真.png")
    save(rgba, "rgba.png")
    save(rgba, "rgba.webp", lossless=True, exact=True)
    save(grey, "grey.tif")
    save(rgb, "colours.tiff", compression="tiff_lzw")
    save(rgb, "profile.jpg", quality=98, subsampling=0, icc_profile=PROFILE)
    save(rgb, "rotated.jpeg", quality=98, subsampling=0, exif=exif)
    save(rgb, "colours.bmp")
    save(rgb[:1, :1], "pixel.png")
    save(wide, "wide.png", icc_profile=PROFILE)
    Image.fromarray(rgb).convert("CMYK").save(
        folder / "cmyk.jpg", quality=98, subsampling=0, icc_profile=PROFILE
    )  # the profile is one of RGB and of no use
    palette = Image.fromarray(rgb).quantize(64)
    palette.info["transparency"] = bytes([90] * 8 + [255] * 56)
    palette.save(folder / "palette.png")
    cv2.imwrite(str(folder / "deep grey.png"), deep(grey))
    cv2.imwrite(str(folder / "deep.png"), deep(rgb)[:, :, ::-1])
    cv2.imwrite(str(folder / "deep rgba.png"), deep(rgba)[:, :, [2, 1, 0, 3]])
    cv2.imwrite(str(folder / "deep.tif"), deep(rgb)[:, :, ::-1])
    return {
        "grey.png": grey,
        "grey with alpha.png": grey_alpha,
        "UPPER.PNG": rgb,
        "Grüße 写真.png": rgb,
        "rgba.png": rgba,
        "rgba.webp": rgba,
        "grey.tif": grey,
        "colours.tiff": rgb,
        "profile.jpg": rgb,
        "rotated.jpeg": np.rot90(rgb, -1),
        "colours.bmp": rgb,
        "pixel.png": rgb[:1, :1],
        "wide.png": wide,
        "cmyk.jpg": rgb,
        "palette.png": np.asarray(palette.convert("RGBA")),
        "deep grey.png": deep(grey),
        "deep.png": deep(rgb),
        "deep rgba.png": deep(rgba),
        "deep.tif": deep(rgb),
    }


def write_bad(folder: Path) -> dict[str, str]:
    """Write the files that cannot be upscaled; returns what is to be said about each."""
    for extension, kept in (("png", 0.6), ("jpg", 0.6), ("webp", 0.5), ("tif", 0.5)):
        path = folder / f"truncated.{extension}"
        Image.fromarray(smooth()).save(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * kept)])
    (folder / "text.png").write_text("not a picture")
    (folder / "empty.png").touch()
    cv2.imwrite(str(folder / "float.tif"), np.full((4, 4), 99, np.float32))
    expected = {
        "truncated.png": "the image is truncated",
        "truncated.jpg": "the image is truncated",
        "truncated.webp": "a damaged one",
        "truncated.tif": "the image is truncated",
        "text.png": "not an image",
        "empty.png": "not an image",
        "float.tif": "floats from 99 to 99, expected 0 to 1",
    }
    (folder / "locked.png").touch(mode=0)
    if os.access(folder / "locked.png", os.R_OK):  # as it is for root
        (folder / "locked.png").unlink()
    else:
        expected["locked.png"] = "cannot be read (Permission denied)"
    return expected


def pixels_of(path: Path) -> np.ndarray:
    """The pixels of a result, by decoders in their plainest use: OpenCV for 16 bits, or Pillow."""
    decoded = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is not None and decoded.dtype == np.uint16:
        return decoded if decoded.ndim == 2 else decoded[:, :, [2, 1, 0, 3][: decoded.shape[2]]]
    with Image.open(path) as image:
        return np.asarray(image)


def assert_interpolated(path: Path, lr: np.ndarray) -> None:
    """A result is of its picture's kind and equals its bilinear interpolation.

    Lossy formats lose a little more at writing.
    """
    sr = pixels_of(path)
    assert sr.dtype == lr.dtype
    assert sr.shape == (4 * lr.shape[0], 4 * lr.shape[1], *lr.shape[2:])
    expected = cv2.resize(lr.astype(np.float32), None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)
    difference = np.abs(sr - expected) * 255 / np.iinfo(lr.dtype).max
    if path.suffix in (".jpg", ".jpeg", ".webp"):
        assert difference.mean() < 2
    else:
        assert difference.max() < 1


def png_head(path: Path, *, width: int, height: int) -> Path:
    """Write a PNG of a few bytes that claims any size."""
    image = Image.new("RGB", (1, 1))
    image.save(path)
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)
    return path
