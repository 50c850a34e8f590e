"""Read pictures with all that their files hold: one, the pages of a TIFF, or an animation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from classsr.errors import ClassSRError
from classsr.images import pillow_decoder, png, tiff
from classsr.images.codecs import check_known, decoding
from classsr.images.picture import Picture
from classsr.system.files import read_bytes
from classsr.system.memory import available_memory

MOST_BYTES = 2**32  # of a file that is read whole: as large as a TIFF of the usual kind can be

log = logging.getLogger("classsr")


@dataclass(frozen=True)
class Pictures:
    """The pictures of a file; iterating decodes one after the other.

    count: how many they are.
    plays: how often an animation is played, 0 for ever; None for what is no animation.
    """

    count: int
    plays: int | None
    decode: Callable[[], Iterator[Picture]]

    def __iter__(self) -> Iterator[Picture]:
        return self.decode()


def read_picture(path: Path) -> Picture:
    """Read the first picture of a file upright.

    Palettes and CMYK become RGB of 8 bits; more than 8 bits, and floats in [0, 1], become 16. A
    warning tells how many pages or frames are left out. Raises ClassSRError for a file that
    cannot be read, is no picture, ends too early, is damaged or holds values of another kind.
    """
    pictures = read_pictures(path, pages="first", frames="first")
    return next(iter(pictures))


def read_pictures(path: Path, *, pages: str = "all", frames: str = "first") -> Pictures:
    """Open a file for reading its pictures one by one.

    pages: of a TIFF, "all" or "first"; frames: of an animation, "all" or "first". A warning
        tells how many are left out.
    Raises ClassSRError as `read_picture`, here or when the picture's turn comes.
    """
    content = read_bytes(path, most=min(MOST_BYTES, available_memory()))
    with decoding(path):
        check_known(content, path)
        if content.startswith(tiff.SIGNATURES):
            return _of_tiff(content, path, only_first=pages == "first")
        count, plays = 1, 0
        if not content.startswith(pillow_decoder.JPEG):
            count, plays = _count_frames(content, path)
        if count > 1 and frames == "all":
            return Pictures(count, plays, lambda: _frames(content, path))
        if count > 1:
            log.warning("%s: an animation of %d frames; the first is taken", path, count)
        return Pictures(1, None, lambda: iter([_still(content, path)]))


def count_pixels(path: Path) -> int:
    """Height times width from the head of a file, 0 where it cannot be read."""
    with suppress(ClassSRError), decoding(path):
        if path.is_file():
            with Image.open(path, formats=pillow_decoder.readable_formats()) as image:
                return image.width * image.height
    return 0


def _of_tiff(content: bytes, path: Path, *, only_first: bool) -> Pictures:
    pages = tiff.read_pages(content, path)
    if only_first and len(pages) > 1:
        log.warning("%s: holds %d pages; the first is taken", path, len(pages))
        pages = pages[:1]

    def decode() -> Iterator[Picture]:
        for page in pages:
            with decoding(path):
                picture = tiff.decode_page(page, content, path)
            yield picture

    return Pictures(len(pages), None, decode)


def _still(content: bytes, path: Path) -> Picture:
    with decoding(path):
        if content.startswith(png.SIGNATURE):
            return png.decode_png(content, path)
        return pillow_decoder.decode_still(content, path)


def _count_frames(content: bytes, path: Path) -> tuple[int, int]:
    """How many frames an animation has, 1 for a still picture, and how often it is played."""
    if content.startswith(png.SIGNATURE):
        content = png.animation(png.read_chunks(content, path))
    return pillow_decoder.count_frames(content, path) if content else (1, 0)


def _frames(content: bytes, path: Path) -> Iterator[Picture]:
    with decoding(path):
        still = _still(content, path)
        if content.startswith(png.SIGNATURE):
            content = png.animation(png.read_chunks(content, path))
        frames = pillow_decoder.decode_frames(content, path)
    while True:
        with decoding(path):
            frame = next(frames, None)
        if frame is None:
            return
        yield replace(still, pixels=frame[0], milliseconds=frame[1])
