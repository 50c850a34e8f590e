"""Small photographs for the tests of the data steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import skimage

from classsr.images.resize import imresize
from classsr.images.rgb import read_image, write_image

PHOTOGRAPH = Path(skimage.__file__).parent / "data" / "astronaut.png"


def write_photographs(folder: Path, *, n: int = 3, side: int = 224) -> None:
    """Write 0001.png, 0002.png, ...: parts of one picture, blurred more and more."""
    picture = read_image(PHOTOGRAPH)
    for number in range(n):
        part = picture[number : number + side, number : number + side]
        small = imresize(part, size=(side // (number + 1), side // (number + 1)))
        write_image(folder / f"{number + 1:04d}.png", imresize(small, size=(side, side)))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by relative path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def random_image(height: int, width: int) -> np.ndarray:
    """An RGB image of noise."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
