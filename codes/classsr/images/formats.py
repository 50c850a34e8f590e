"""The file formats that pictures are read from and written to, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import features

from classsr.errors import ClassSRError
from classsr.images.encoders import LEVEL, STRATEGY
from classsr.images.picture import GREY_VALUES, Picture, colour_space


@dataclass(frozen=True)
class Format:
    """What a file format can hold.

    name: Pillow's name of it; longest: the most pixels along one side.
    grey, alpha, deep: whether it knows grey pictures, transparency and 16 bits per value.
    pages, frames: whether it holds several pictures, or animations.
    profile: whether it holds a colour profile; exif: bytes of EXIF data, None for any number.
    options: for Pillow's encoder.
    """

    name: str
    longest: int = 2**31 - 1
    grey: bool = True
    alpha: bool = True
    deep: bool = False
    pages: bool = False
    frames: bool = False
    profile: bool = True
    exif: int | None = 0
    options: dict[str, Any] = field(default_factory=dict)


PNG = Format(
    "PNG",
    deep=True,
    frames=True,
    exif=None,
    options={"compress_level": LEVEL, "compress_type": STRATEGY},
)
# 95 without colour subsampling, so that the file does not lose again what was just restored.
JPEG = Format(
    "JPEG", longest=65500, alpha=False, exif=65533, options={"quality": 95, "subsampling": 0}
)
WEBP = Format(
    "WEBP",
    longest=16383,
    grey=False,
    frames=True,
    exif=None,
    options={"quality": 95, "method": 2},
)
TIFF = Format("TIFF", deep=True, pages=True, exif=None)
BMP = Format("BMP", alpha=False, profile=False)
GIF = Format("GIF", longest=65535, frames=True, profile=False)
AVIF = Format(
    "AVIF",
    longest=65536,
    grey=False,
    exif=None,
    options={"quality": 90, "subsampling": "4:4:4", "speed": 8},
)
JPEG_2000 = Format("JPEG2000", profile=False)
TGA = Format("TGA", longest=65535, profile=False)
NETPBM = Format("PPM", alpha=False, deep=True, profile=False)

FORMATS = {
    ".png": PNG,
    ".apng": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".jfif": JPEG,
    ".webp": WEBP,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".bmp": BMP,
    ".gif": GIF,
    ".avif": AVIF,
    ".jp2": JPEG_2000,
    ".tga": TGA,
    ".ppm": NETPBM,
    ".pgm": NETPBM,
}
if not features.check("avif"):
    del FORMATS[".avif"]
EXTENSIONS = tuple(FORMATS)


def format_of(path: Path) -> Format:
    """The format that a file's extension, in upper or lower case, stands for."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        what = f"a name ending in {path.suffix}" if path.suffix else "a name without an ending"
        raise ClassSRError(
            f"{path}: {what} is not written; choose a format with --ext: "
            f"{', '.join(extension[1:] for extension in EXTENSIONS)}"
        ) from None


def with_quality(kind: Format, quality: int | None) -> Format:
    """A format with another quality, 1 to 100, where it has one."""
    if quality is None or "quality" not in kind.options:
        return kind
    return replace(kind, options={**kind.options, "quality": quality})


def check_writable(path: Path, picture: Picture, *, scale: float = 1, count: int = 1) -> None:
    """Raise ClassSRError where the format of `path` cannot hold a picture enlarged by `scale`.

    count: of the pictures in the file, pages or frames; `picture` is the first of them.
    """
    kind = format_of(path)
    height, width = (round(scale * length) for length in picture.pixels.shape[:2])
    if max(height, width) > kind.longest:
        raise ClassSRError(
            f"{path}: {width}x{height} pixels, but {kind.name} ends at {kind.longest} along a "
            f"side; choose another format, as in --ext png"
        )
    if picture.is_transparent and not kind.alpha:
        raise ClassSRError(
            f"{path}: {kind.name} cannot hold the transparency of the picture; choose another "
            f"format, as in --ext png"
        )
    if count == 1:
        return
    if picture.milliseconds is None and not kind.pages:
        raise ClassSRError(f"{path}: {kind.name} cannot hold {count} pages; choose --ext tif")
    if picture.milliseconds is not None and not kind.frames:
        raise ClassSRError(
            f"{path}: {kind.name} cannot hold {count} frames; choose --ext png, webp or gif"
        )


def losses(picture: Picture, kind: Format) -> list[str]:
    """What the format drops of a picture that others keep, in words."""
    lost = []
    if picture.icc and not kind.profile:
        lost.append("the colour profile")
    if picture.icc and colour_space(picture.icc) == GREY_VALUES and not kind.grey:
        lost.append("the colour profile of grey values")
    if picture.colour_chunks and kind is not PNG and not picture.icc:
        names = ", ".join(name.decode() for name, _ in picture.colour_chunks)
        lost.append(f"how the PNG's colours are meant ({names})")
    if picture.exif and kind.exif == 0:
        lost.append("camera, time and place (EXIF)")
    elif picture.exif and kind.exif and len(picture.exif) > kind.exif:
        lost.append(f"the longest EXIF entries, of which it holds {kind.exif} bytes")
    return lost
