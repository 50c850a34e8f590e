"""Geometry of tiles: where they lie in an image, cutting them out, merging them back.

Two grids of tiles: the paper's, 32 LR pixels every 28, which drops what remains on the right and
at the bottom; and one that covers every pixel, on which the `full` protocol decides the classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from classsr.errors import ClassSRError

PAPER_TILE, PAPER_STRIDE = 32, 28  # LR pixels


@dataclass(frozen=True)
class Tiling:
    """A grid of square tiles on an image; lengths in LR pixels.

    tops, lefts: origins of the rows and columns of tiles, ascending.
    """

    tile: int
    tops: tuple[int, ...]
    lefts: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.tops) * len(self.lefts)

    @property
    def origins(self) -> list[tuple[int, int]]:
        """(top, left) of every tile, row by row; all functions here keep this order."""
        return [(top, left) for top in self.tops for left in self.lefts]

    @property
    def covered(self) -> tuple[int, int]:
        """Height and width of the part of the image that the tiles cover."""
        return self.tops[-1] + self.tile, self.lefts[-1] + self.tile


def starts(length: int, *, tile: int, stride: int) -> range:
    """Where the tiles of one axis begin, as many as fit."""
    return range(0, length - tile + 1, stride)


def paper_tiling(
    height: int, width: int, *, tile: int = PAPER_TILE, stride: int = PAPER_STRIDE
) -> Tiling:
    """All tiles every `stride` pixels that fit into the image.

    Raises ClassSRError for an image smaller than a tile.
    """
    if min(height, width) < tile:
        raise ClassSRError(
            f"an image of {width}x{height} pixels is smaller than a tile of {tile}x{tile}; "
            f"the paper's protocol needs at least one whole tile"
        )
    tops, lefts = (starts(length, tile=tile, stride=stride) for length in (height, width))
    return Tiling(tile, tuple(tops), tuple(lefts))


def full_tiling(height: int, width: int, *, tile: int = PAPER_TILE) -> Tiling:
    """Tiles side by side over the whole image; the last ones lie flush with its edges.

    The image is at least a tile high and wide.
    """
    return Tiling(
        tile=tile,
        tops=tuple(min(top, height - tile) for top in range(0, height, tile)),
        lefts=tuple(min(left, width - tile) for left in range(0, width, tile)),
    )


def cut_tiles(image: np.ndarray, tiling: Tiling) -> np.ndarray:
    """The tiles (N, tile, tile, 3) of an RGB image (H, W, 3)."""
    size = tiling.tile
    return np.stack([image[top : top + size, left : left + size] for top, left in tiling.origins])


def merge_tiles(
    parts: Iterable[tuple[np.ndarray, np.ndarray]], tiling: Tiling, *, scale: int
) -> np.ndarray:
    """Put super-resolved tiles back in place and average where they overlap.

    parts: every tile once, in groups of any order: places in `tiling.origins` (n,) and the tiles
        (n, scale * tile, scale * tile, 3).
    Returns float32 (scale * h, scale * w, 3), where (h, w) is `tiling.covered`, laid out plane by
    plane as networks give it.
    """
    height, width = (scale * length for length in tiling.covered)
    size = scale * tiling.tile
    origins = tiling.origins
    planes = np.zeros((3, height, width), dtype=np.float32)
    for places, tiles in parts:
        for place, tile in zip(places, tiles, strict=True):
            top, left = (scale * origin for origin in origins[place])
            planes[:, top : top + size, left : left + size] += tile.transpose(2, 0, 1)
    planes /= coverage(tiling, scale=scale)
    return planes.transpose(1, 2, 0)


def coverage(tiling: Tiling, *, scale: int) -> np.ndarray:
    """How many tiles lie over each HR pixel, float32 (scale * h, scale * w) as in `merge`."""
    counts = [np.zeros(length, dtype=np.float32) for length in tiling.covered]  # on each axis
    for count, origins in zip(counts, (tiling.tops, tiling.lefts), strict=True):
        for origin in origins:
            count[origin : origin + tiling.tile] += 1
    return np.outer(*(count.repeat(scale) for count in counts))
