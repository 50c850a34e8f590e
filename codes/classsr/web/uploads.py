"""What users send: bounded before it is decoded, and never a path of its own."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory

from classsr.errors import ClassSRError
from classsr.images.formats import EXTENSIONS
from classsr.images.picture import Picture
from classsr.images.picture_reader import count_pixels, read_picture
from classsr.images.picture_writer import write_picture
from classsr.inference.pictures.jobs import target_name

BYTES_PER_PIXEL = 8  # of the largest picture: 16 bits for each of RGB and alpha
LONGEST_NAME = 100


def shown_name(name: str) -> str:
    """The last part of a file's name as a user gave it, printable and of bounded length."""
    last = PureWindowsPath(name).name  # knows slashes and backslashes
    printable = "".join(letter for letter in last if letter.isprintable())
    return printable[-LONGEST_NAME:] or "picture"


def largest_upload(max_pixels: int) -> int:
    """Bytes that a file of so many pixels has at most, metadata included."""
    return BYTES_PER_PIXEL * max_pixels + 2**20


def read_upload(content: bytes, name: str, *, max_pixels: int) -> Picture:
    """The picture in a file's content; `name` is for messages only.

    Raises ClassSRError as `read_picture`, and for more pixels than allowed before they are decoded.
    """
    with TemporaryDirectory(prefix="classsr-web-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content)
        try:
            _check_size(count_pixels(path), name, max_pixels)
            picture = read_picture(path)
        except ClassSRError as error:
            raise ClassSRError(str(error).replace(str(path), name)) from error
    height, width = picture.pixels.shape[:2]
    _check_size(height * width, name, max_pixels)
    return picture


def _check_size(pixels: int, name: str, max_pixels: int) -> None:
    if pixels > max_pixels:
        raise ClassSRError(
            f"{name}: has {pixels / 1e6:.1f} megapixels, this page takes {max_pixels / 1e6:g}; "
            f"cut it into parts, or start the page with a larger --max-pixels"
        )


def result_name(name: str) -> str:
    """The name that `upscale --suffix x4` gives the result; PNG where the picture's is unknown."""
    source = Path(name)
    extension = "auto" if source.suffix.lower() in EXTENSIONS else "png"
    return target_name(source, suffix="x4", extension=extension)


def write_download(picture: Picture, name: str) -> bytes:
    """The file that `upscale` writes for a result of this name, without the note of its origin."""
    with TemporaryDirectory(prefix="classsr-web-") as folder:
        path = (Path(folder) / "result").with_suffix(Path(name).suffix)
        try:
            write_picture(path, picture)
        except ClassSRError as error:
            raise ClassSRError(str(error).replace(str(path), name)) from error
        return path.read_bytes()
