"""Read and write images: RGB arrays in memory, whatever the file holds."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from classsr.arrays import IntegerImage
from classsr.errors import ClassSRError
from classsr.images.channels import split_alpha, to_rgb
from classsr.images.picture_reader import read_picture
from classsr.system.files import write_atomic

EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm")


def read_image(path: Path) -> IntegerImage:
    """Read an image as RGB, H x W x 3, uint8 or uint16, upright.

    The pixels are those of `read_picture`; grey becomes three equal channels and an opaque alpha
    channel is dropped. Raises ClassSRError as `read_picture`, and for transparent pixels.
    """
    picture = read_picture(path)
    if picture.is_transparent:
        raise ClassSRError(
            f"{path}: has transparent pixels; flatten it over a background colour first"
        )
    return to_rgb(split_alpha(picture.pixels)[0])


def write_image(path: Path, image: IntegerImage, *, durable: bool = True) -> None:
    """Write an RGB (H x W x 3) or grey (H x W) image, uint8 or uint16, atomically.

    The format follows from the extension; durable: see `write_atomic`. Raises ClassSRError where
    the file cannot be written.
    """
    write_atomic(path, encode_image(path, image), durable=durable)


def encode_image(path: Path, image: IntegerImage) -> bytes:
    """What `write_image` writes."""
    bgr = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    try:
        encoded, content = cv2.imencode(path.suffix, bgr)
    except cv2.error:
        encoded = False
    if not encoded:
        raise ClassSRError(f"{path}: cannot write {image.dtype} images as {path.suffix}; use .png")
    return content.tobytes()


def list_images(folder: Path, *, extensions: tuple[str, ...] = EXTENSIONS) -> list[Path]:
    """The images of a folder, sorted by name; a missing or empty folder raises ClassSRError."""
    if not folder.is_dir():
        raise ClassSRError(f"{folder}: no such folder; expected a folder of images")
    try:
        paths = sorted(path for path in folder.iterdir() if is_image_name(path, extensions))
    except OSError as error:
        raise ClassSRError(f"{folder}: cannot be read ({error.strerror})") from error
    if not paths:
        known = ", ".join(extensions)
        raise ClassSRError(f"{folder}: holds no images; expected files ending in {known}")
    return paths


def is_image_name(path: Path, extensions: tuple[str, ...] = EXTENSIONS) -> bool:
    """Whether a file is an image by its name; hidden files are none."""
    return path.suffix.lower() in extensions and not path.name.startswith(".")


def images_by_stem(folder: Path, *, suffix: str = "") -> dict[str, Path]:
    """The images of a folder by stem, sorted, less `suffix` where a stem ends in it.

    Two files of one stem raise ClassSRError.
    """
    paths: dict[str, Path] = {}
    for path in list_images(folder):
        stem = path.stem.removesuffix(suffix)
        if stem in paths:
            raise ClassSRError(f"{path}: has the same stem as {paths[stem].name}; rename one")
        paths[stem] = path
    return paths


def to_float(image: np.ndarray) -> np.ndarray:
    """Integer values as float32 in [0, 1], 255 or 65535 becomes 1; float32 stays as it is."""
    if image.dtype == np.float32:
        return image
    return image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
