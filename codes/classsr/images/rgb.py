"""Read and write images: RGB arrays in memory, whatever the file holds."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from classsr.errors import ClassSRError
from classsr.images.channels import to_rgb
from classsr.images.codecs import decode, read_encoded
from classsr.system.files import write_atomic

EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm")


def read_image(path: Path) -> np.ndarray:
    """Read an image as RGB, H x W x 3, uint8 or uint16.

    Grey becomes three equal channels, an opaque alpha channel is dropped and the orientation
    that a camera noted in a JPEG is applied. Raises ClassSRError for a file that is missing, is
    no image, ends too early, has transparent pixels or holds neither 8 nor 16 bits per value.
    """
    content = read_encoded(path)
    # Only the colour mode applies a JPEG's orientation, only the unchanged mode keeps 16 bits
    # and alpha.
    mode = cv2.IMREAD_COLOR if content.startswith(b"\xff\xd8") else cv2.IMREAD_UNCHANGED
    image = decode(content, mode, path=path)
    if image.dtype not in (np.uint8, np.uint16):
        raise ClassSRError(f"{path}: expected 8 or 16 bits per value, found {image.dtype}")
    return _to_rgb(image, path)


def write_image(path: Path, image: np.ndarray, *, durable: bool = True) -> None:
    """Write an RGB (H x W x 3) or grey (H x W) image, uint8 or uint16, atomically.

    The format follows from the extension; durable: see `write_atomic`. Raises ClassSRError where
    the file cannot be written.
    """
    write_atomic(path, encode_image(path, image), durable=durable)


def encode_image(path: Path, image: np.ndarray) -> bytes:
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
        raise ClassSRError(f"{folder}: holds no images; expected files ending in {extensions}")
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


def _to_rgb(image: np.ndarray, path: Path) -> np.ndarray:
    if image.ndim == 2:
        return to_rgb(image)
    if image.shape[2] == 4:
        if (image[:, :, 3] != np.iinfo(image.dtype).max).any():
            raise ClassSRError(
                f"{path}: has transparent pixels; flatten it over a background colour first"
            )
        return cv2.cvtColor(image, cv2.COLOR_BGRA2RGB)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def to_float(image: np.ndarray) -> np.ndarray:
    """Integer values as float32 in [0, 1]: 255 or 65535 becomes 1."""
    return image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
