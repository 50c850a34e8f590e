"""The `full` protocol for images that are read in rows: the same result in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from classsr.inference.flat import REACH, flat_weights
from classsr.inference.full_protocol import Geometry, Plan, run_plan, strip, strip_rows, tiled
from classsr.inference.regions import Region
from classsr.inference.run_tiles import CLASSIFIED, classify_batches
from classsr.inference.tile_grid import Tiling, full_tiling
from classsr.runtime.runner import Runner


class Rows(Protocol):
    """An RGB image that is read in rows."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, 3)."""
        ...

    def read(self, top: int, bottom: int) -> np.ndarray:
        """The rows from `top` to before `bottom`: uint8, uint16, or float32 in [0, 1]."""
        ...


class ArrayRows:
    """An image in memory as `Rows`."""

    def __init__(self, image: np.ndarray) -> None:
        height, width, channels = image.shape
        self.shape = (height, width, channels)
        self._image = image

    def read(self, top: int, bottom: int) -> np.ndarray:
        """See `Rows.read`; a view."""
        return self._image[top:bottom]


@dataclass(frozen=True)
class Strips:
    """How an image is split into strips, from top to bottom.

    height: of the image; its tiles may reach further. rows: LR rows of a strip.
    """

    height: int
    width: int
    tiling: Tiling
    geometry: Geometry
    rows: int

    def __len__(self) -> int:
        return math.ceil(self.tiling.covered[0] / self.rows)

    def span(self, number: int) -> tuple[int, int]:
        """The LR rows of a strip, within the image."""
        return number * self.rows, min((number + 1) * self.rows, self.height)

    def regions(self, classes: np.ndarray, number: int) -> list[Region]:
        """The regions of a strip. classes: of all tiles of the image."""
        return strip(classes, self.tiling, self.geometry, number)


def strips_of(shape: tuple[int, int, int], geometry: Geometry) -> Strips:
    """The strips of an image (H, W, 3)."""
    height, width = shape[:2]
    tile = geometry.tile
    tiling = full_tiling(max(height, tile), max(width, tile), tile=tile)
    rows = tile * strip_rows(tiling.covered[1], tile=tile, limit=geometry.limit)
    return Strips(height, width, tiling, geometry, rows)


def classify_rows(image: Rows, runner: Runner, *, geometry: Geometry) -> np.ndarray:
    """Logits (N, M) of all tiles of an image, read from top to bottom."""
    image = _at_least_a_tile(image, geometry)
    tiling = strips_of(image.shape, geometry).tiling
    size = CLASSIFIED * (geometry.batch_size or runner.batch_size)
    return classify_batches(_tile_batches(image, tiling, size=size), runner)


def restore_strip(
    image: Rows,
    strips: Strips,
    classes: np.ndarray,
    number: int,
    runner: Runner,
    *,
    grey: bool,
    dtype: np.dtype,
    progress: Callable[[int], object] = lambda pixels: None,
) -> np.ndarray:
    """Super-resolve one strip of an image, as `Upscaler` does with the whole.

    classes: of all tiles of the image.
    grey: whether the mean of the channels is wanted.
    dtype: uint8, uint16, or float32 on 0..255.
    Returns (scale * rows, scale * W, 3), or without channels.
    """
    image = _at_least_a_tile(image, strips.geometry)
    regions = strips.regions(classes, number)
    top, bottom = strips.span(number)
    windows = [region.window_rows for region in regions]
    first = max(min(top - REACH, *(window[0] for window in windows)), 0)
    last = min(max(bottom + REACH, *(window[1] for window in windows)), image.shape[0])
    rows = image.read(first, last)
    moved = [region.moved_up(first) for region in regions]
    height, width = rows.shape[:2]
    plan = Plan(rows, height, width, strips.tiling, classes, moved, strips.geometry)
    size = (runner.scale * (bottom - first), runner.scale * strips.width)
    result = np.empty(size if grey else (*size, 3), dtype=dtype)
    run_plan(plan, runner, result=result, flat=flat_weights(rows), progress=progress)
    return result[runner.scale * (top - first) :]


def _at_least_a_tile(image: Rows, geometry: Geometry) -> Rows:
    """The image, or a smaller one padded in memory."""
    height, width = image.shape[:2]
    if min(height, width) >= geometry.tile:
        return image
    padded, _ = tiled(image.read(0, height), tile=geometry.tile)
    return ArrayRows(padded)


def _tile_batches(image: Rows, tiling: Tiling, *, size: int) -> Iterator[np.ndarray]:
    """The tiles, in the order of `tiling.origins`, in batches of `size` (N, H, W, 3)."""
    waiting: list[np.ndarray] = []
    for top in tiling.tops:
        rows = image.read(top, top + tiling.tile)
        waiting += [rows[:, left : left + tiling.tile] for left in tiling.lefts]
        while len(waiting) >= size:
            yield np.stack(waiting[:size])
            del waiting[:size]
    if waiting:
        yield np.stack(waiting)
