"""The file formats that pictures are read from and written to, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from classsr.errors import ClassSRError
from classsr.images.encoders import LEVEL, STRATEGY
from classsr.images.picture import Picture


@dataclass(frozen=True)
class Format:
    """What a file format can hold.

    name: Pillow's name of it; longest: the most pixels along one side.
    grey, alpha, deep: whether it knows grey pictures, transparency and 16 bits per value.
    options: for Pillow's encoder.
    """

    name: str
    longest: int = 2**31 - 1
    grey: bool = True
    alpha: bool = True
    deep: bool = False
    options: dict[str, Any] = field(default_factory=dict)


PNG = Format("PNG", deep=True, options={"compress_level": LEVEL, "compress_type": STRATEGY})
# 95 without colour subsampling, so that the file does not lose again what was just restored.
JPEG = Format("JPEG", longest=65500, alpha=False, options={"quality": 95, "subsampling": 0})
WEBP = Format("WEBP", longest=16383, grey=False, options={"quality": 95, "method": 2})
TIFF = Format("TIFF", deep=True)
BMP = Format("BMP", alpha=False)

FORMATS = {
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".webp": WEBP,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".bmp": BMP,
}
EXTENSIONS = tuple(FORMATS)


def format_of(path: Path) -> Format:
    """The format that a file's extension, in upper or lower case, stands for."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise ClassSRError(f"{path}: expected a name ending in {', '.join(EXTENSIONS)}") from None


def with_quality(kind: Format, quality: int | None) -> Format:
    """A format with another quality, 1 to 100, where it has one."""
    if quality is None or "quality" not in kind.options:
        return kind
    return replace(kind, options={**kind.options, "quality": quality})


def check_writable(path: Path, picture: Picture, *, scale: float = 1) -> None:
    """Raise ClassSRError where the format of `path` cannot hold a picture enlarged by `scale`."""
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
