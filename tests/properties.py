"""What must hold for every shipped model; prints the table of docs/pictures.md.

python tests/properties.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from unittest.mock import patch

import numpy as np

import classsr
from classsr import Upscaler
from classsr.evaluation.markdown import table

Upscale = Callable[[np.ndarray], np.ndarray]

MODELS = sorted(
    path.stem for path in (Path(classsr.__file__).parent / "pretrained").glob("*.safetensors")
)
COLOURS = {
    "grey": (1, 1, 1),
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "cyan": (0, 1, 1),
    "magenta": (1, 0, 1),
    "yellow": (1, 1, 0),
}
SIDE = 24  # of the pictures of one colour
LEVELS = range(0, 256, 15)  # of the table; a slow test takes all
EDGE = 8  # LR pixels
HIDDEN = {"black": (0, 0, 0), "white": (255, 255, 255), "magenta": (255, 0, 255)}


def constant(colour: str, level: int, *, side: int = SIDE) -> np.ndarray:
    """A picture of one colour."""
    return np.full((side, side, 3), np.multiply(COLOURS[colour], level), dtype=np.uint8)


def disc_over(hidden: tuple[int, int, int], dtype: type = np.uint8) -> np.ndarray:
    """A disc of (200, 120, 60) of 64 x 64 pixels with these colours where alpha is 0."""
    y, x = np.mgrid[:64, :64] - 31.5
    is_disc = x**2 + y**2 < 24**2
    image = np.empty((64, 64, 4), dtype)
    image[is_disc], image[~is_disc] = (200, 120, 60, 255), (*hidden, 0)
    return image * dtype(np.iinfo(dtype).max // 255)


def shifts(upscale: Upscale, levels: Iterable[int]) -> tuple[int, int]:
    """How far pictures of one colour leave it at most: inside, and within `EDGE` of the edge."""
    inside = edge = 0
    for level in levels:
        for colour in COLOURS:
            image = constant(colour, level)
            shift = np.abs(upscale(image).astype(int) - image[0, 0])
            edge = max(edge, int(shift.max()))
            inside = max(inside, int(shift[4 * EDGE : -4 * EDGE, 4 * EDGE : -4 * EDGE].max()))
    return inside, edge


def difference_by_hidden_colours(upscale: Upscale) -> int:
    """By how much results differ at most where only colours under alpha 0 do."""
    own = upscale(disc_over((200, 120, 60))).astype(int)
    others = [upscale(disc_over(colour)) for colour in HIDDEN.values()]
    return max(int(np.abs(other - own).max()) for other in others)


def print_table() -> None:
    """The figures of all models, and those of the networks alone."""
    header = ["model", "hidden colours", "inside", "edge", "network alone: inside", "edge"]
    rows = []
    for model in MODELS:
        upscaler = Upscaler(model, backend="paddle", budget="100%")
        with patch("classsr.inference.upscaler.flat_weights", return_value=None):
            alone = shifts(upscaler, LEVELS)
        figures = (difference_by_hidden_colours(upscaler), *shifts(upscaler, LEVELS), *alone)
        rows.append([model, *map(str, figures)])
    print(table(header, rows))


if __name__ == "__main__":
    print_table()
