"""Geometry of regions: rectangles of tiles that are super-resolved in one go.

A tile costs an overlap on each of its sides; a rectangle of many tiles costs it on its outline
only.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

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

    def moved_up(self, by: int) -> Region:
        """The region as it lies in an image that begins `by` rows further down."""
        rows, window = ((span[0] - by, span[1] - by) for span in (self.rows, self.window_rows))
        return replace(self, rows=rows, window_rows=window)

    @property
    def area(self) -> int:
        """Pixels of the region itself."""
        return (self.rows[1] - self.rows[0]) * (self.columns[1] - self.columns[0])

    def cut(self, image: np.ndarray) -> np.ndarray:
        """The window's part of an image (H, W, 3)."""
        return image[slice(*self.window_rows), slice(*self.window_columns)]

    def paste(self, window: np.ndarray, result: np.ndarray, *, scale: int) -> None:
        """Put the region's part of its super-resolved window in its place in the result.

        window, result: (H, W, 3) or (H, W); the result may end within the region.
        """
        target = result[_scaled(self.rows, scale), _scaled(self.columns, scale)]
        top = scale * (self.rows[0] - self.window_rows[0])
        left = scale * (self.columns[0] - self.window_columns[0])
        height, width = target.shape[:2]
        target[...] = window[top : top + height, left : left + width]


def _scaled(span: Span, scale: int) -> slice:
    return slice(scale * span[0], scale * span[1])


def join(
    classes: np.ndarray,
    *,
    tile: int,
    halo: int,
    limit: int,
    size: tuple[int, int],
    first: int = 0,
) -> list[Region]:
    """Join neighbouring tiles of one class, at most `limit` along each side of a region.

    classes: rows of a grid of classes (rows, columns), of which the topmost is row `first`.
    tile, halo, size: in LR pixels; the last tiles end at the image's `size` (height, width).
    """
    return [
        _region(
            int(classes[top, left]),
            (tile * (first + top), tile * (first + bottom)),
            (tile * left, tile * right),
            halo=halo,
            size=size,
        )
        for (top, bottom), (left, right) in cover(classes, limit=limit)
    ]


def bands(
    branch: int, *, number: int, most: tuple[int, int], halo: int, size: tuple[int, int]
) -> list[Region]:
    """The whole image through one branch, in bands of equal height.

    number: of bands that run at the same time; so many times a whole number are made.
    most: LR pixels along a band, without its halo; size: of the image (height, width).
    """
    least = math.ceil(size[0] / most[0])
    heights = _equal(size[0], number * math.ceil(least / number))
    widths = _equal(size[1], math.ceil(size[1] / most[1]))
    return [
        _region(branch, rows, columns, halo=halo, size=size)
        for rows, columns in itertools.product(heights, widths)
    ]


def _equal(length: int, number: int) -> list[Span]:
    """Equal parts of a length; the last may reach beyond it."""
    extent = math.ceil(length / number)
    return [(begin, begin + extent) for begin in range(0, length, extent)]


def _region(branch: int, rows: Span, columns: Span, *, halo: int, size: tuple[int, int]) -> Region:
    """The region of some rows and columns of pixels, which may reach beyond the image."""
    return Region(
        branch,
        rows=(rows[0], min(rows[1], size[0])),
        columns=(columns[0], min(columns[1], size[1])),
        window_rows=_window(rows, halo=halo, length=size[0]),
        window_columns=_window(columns, halo=halo, length=size[1]),
    )


def _window(span: Span, *, halo: int, length: int) -> Span:
    """A part of an axis and a halo on both sides, moved inwards at the image's edges.

    So regions of as many tiles have windows of one shape wherever they lie, and what a runtime
    prepares for a shape serves all.
    """
    whole = min(span[1] - span[0] + 2 * halo, length)
    start = min(max(span[0] - halo, 0), length - whole)
    return start, start + whole


def cover(classes: np.ndarray, *, limit: int) -> Iterator[tuple[Span, Span]]:
    """Split a grid of classes into rectangles of one class, within blocks of `limit` cells a side.

    Blocks do not depend on each other: where the classes of one change, the rectangles of all
    others stay.

    classes: integers (rows, columns).
    Yields rows and columns in cells; every cell lies in exactly one rectangle.
    """
    rows, columns = classes.shape
    for top, left in itertools.product(range(0, rows, limit), range(0, columns, limit)):
        block = classes[top : top + limit, left : left + limit].tolist()
        for (first, last), (begin, end) in _rectangles(block):
            yield (top + first, top + last), (left + begin, left + end)


def _rectangles(grid: list[list[int | None]]) -> Iterator[tuple[Span, Span]]:
    """Rectangles of one label that part a grid, which is used up.

    From the first free cell on, row by row, the larger of two rectangles is taken: as wide as
    possible and then as high, or the other way round.
    """
    for top, left in itertools.product(range(len(grid)), range(len(grid[0]))):
        label = grid[top][left]
        if label is not None:
            lines = (row[left:] for row in grid[top:])
            height, width = _largest(
                list(itertools.takewhile(bool, (_run(line, label) for line in lines)))
            )
            for row in grid[top : top + height]:
                row[left : left + width] = [None] * width
            yield (top, top + height), (left, left + width)


def _largest(widths: list[int]) -> tuple[int, int]:
    """Height and width of the larger rectangle: as wide, then as high as possible, or the reverse.

    widths: of the cells in each row that may belong to it.
    """
    wide = sum(1 for _ in itertools.takewhile(lambda width: width >= widths[0], widths)), widths[0]
    return max(wide, (len(widths), min(widths)), key=math.prod)


def _run(line: list[int | None], label: int) -> int:
    """How many cells from the first on have a label."""
    return sum(1 for _ in itertools.takewhile(lambda cell: cell == label, line))
