"""Geometry of regions: rectangles of tiles of one class that are super-resolved in one go.

A tile costs an overlap on each of its sides; a rectangle of many tiles costs it on its outline
only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

Span = tuple[int, int]  # of one axis: the first pixel or cell, and the one after the last


@dataclass(frozen=True)
class Region:
    """A rectangle of an image that goes through one branch; spans in LR pixels.

    rows, columns: the region itself.
    window_rows, window_columns: what the branch sees, the region and a halo around it.
    """

    branch: int
    rows: Span
    columns: Span
    window_rows: Span
    window_columns: Span

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the window."""
        (top, bottom), (left, right) = self.window_rows, self.window_columns
        return bottom - top, right - left

    @property
    def area(self) -> int:
        """Pixels of the region itself."""
        return (self.rows[1] - self.rows[0]) * (self.columns[1] - self.columns[0])

    def cut(self, image: np.ndarray) -> np.ndarray:
        """The window's part of an image (H, W, 3)."""
        return image[slice(*self.window_rows), slice(*self.window_columns)]


def join(
    classes: np.ndarray,
    *,
    first: int,
    tile: int,
    halo: int,
    limit: int,
    size: tuple[int, int],
) -> list[Region]:
    """Join neighbouring tiles of one class, at most `limit` along each side of a region.

    classes: rows of a grid of classes (rows, columns), of which the topmost is row `first`.
    tile, halo, size: in LR pixels; the last tiles end at the image's `size` (height, width).
    """
    height, width = size
    regions = []
    for (top, bottom), (left, right) in cover(classes, limit=limit):
        rows = tile * (first + top), min(tile * (first + bottom), height)
        columns = tile * left, min(tile * right, width)
        regions.append(
            Region(
                branch=int(classes[top, left]),
                rows=rows,
                columns=columns,
                window_rows=reach(rows, halo, length=height),
                window_columns=reach(columns, halo, length=width),
            )
        )
    return regions


def cover(classes: np.ndarray, *, limit: int) -> Iterator[tuple[Span, Span]]:
    """Part a grid of classes into rectangles of one class, at most `limit` cells along a side.

    From the first free cell on, row by row, the larger of two rectangles is taken: as wide as
    possible and then as high, or the other way round.

    classes: integers (rows, columns).
    Yields rows and columns in cells; every cell lies in exactly one rectangle.
    """
    free = np.ones(classes.shape, dtype=bool)
    for top, left in np.ndindex(*classes.shape):
        if free[top, left]:
            block = np.s_[top : top + limit, left : left + limit]
            joinable = free[block] & (classes[block] == classes[top, left])
            height, width = max(_wide(joinable), _wide(joinable.T)[::-1], key=math.prod)
            free[top : top + height, left : left + width] = False
            yield (top, top + height), (left, left + width)


def _wide(block: np.ndarray) -> tuple[int, int]:
    """Height and width of the rectangle from the first cell on, as wide as possible."""
    width = _run(block[0])
    return _run(np.all(block[:, :width], axis=1)), width


def _run(cells: np.ndarray) -> int:
    """How many cells from the first on are true."""
    return len(cells) if cells.all() else int(cells.argmin())


def reach(core: Span, by: int, *, length: int) -> Span:
    """A span extended on both sides, as far as the image's axis goes."""
    return max(core[0] - by, 0), min(core[1] + by, length)
