"""Put super-resolved regions together so that they fade into each other where they meet."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import cv2
import numpy as np

from classsr.inference.regions import Region, Span, reach

WHITE = 255.0
Side = tuple[int, int, int]  # of one axis: LR pixels of a region, and those shared on both ends


class Canvas:
    """The rows of a super-resolved image that are being worked on, from top to bottom.

    size: height and width of the LR image.
    blend: regions fade into each other over this many LR pixels on both sides of a border.
    """

    def __init__(self, size: tuple[int, int], *, scale: int, blend: int) -> None:
        self._height, self._width = size
        self._scale, self._blend = scale, blend
        self._top = 0  # the LR row at which the planes begin
        self._planes = np.zeros((3, 0, scale * self._width), dtype=np.float32)

    def extend(self, bottom: int) -> None:
        """Make room for regions down to the LR row `bottom`."""
        rows = self._scale * (min(bottom + self._blend, self._height) - self._top)
        planes = np.zeros((3, rows, self._scale * self._width), dtype=np.float32)
        planes[:, : self._planes.shape[1]] = self._planes
        self._planes = planes

    def add(self, regions: Iterable[Region], restored: Iterable[np.ndarray]) -> None:
        """Add regions, each pixel times its weight; see `weights`.

        Where more than two regions meet, the last bit depends on the order in which they came.

        restored: output of each region's window, float32 (3, H, W) in [0, 1].
        """
        for region, sr in zip(regions, restored, strict=True):
            self._add(region, sr)

    def _add(self, region: Region, sr: np.ndarray) -> None:
        rows = reach(region.rows, self._blend, length=self._height)
        columns = reach(region.columns, self._blend, length=self._width)
        seen = np.s_[
            :, self._hr(rows, region.window_rows[0]), self._hr(columns, region.window_columns[0])
        ]
        planes = self._planes[:, self._hr(rows, self._top), self._hr(columns, 0)]
        weight = weights(
            side(region.rows, rows),
            side(region.columns, columns),
            blend=self._blend,
            scale=self._scale,
        )
        for values, plane in zip(sr[seen], planes, strict=True):
            cv2.accumulateProduct(values, weight, plane)

    def take(self, bottom: int) -> np.ndarray:
        """Remove the rows that regions below the LR row `bottom` leave as they are.

        Returns float32 RGB (H, W, 3) on 0..255, laid out plane by plane.
        """
        last = bottom if bottom == self._height else bottom - self._blend
        finished = self._hr((self._top, last), self._top)
        taken = self._planes[:, finished].transpose(1, 2, 0)
        self._planes = self._planes[:, finished.stop :]
        self._top = last
        return taken

    def _hr(self, span: Span, origin: int) -> slice:
        return slice(self._scale * (span[0] - origin), self._scale * (span[1] - origin))


def side(core: Span, reached: Span) -> Side:
    """What `weights` needs to know of a region and its reach along one axis."""
    return core[1] - core[0], core[0] - reached[0], reached[1] - core[1]


def weights(rows: Side, columns: Side, *, blend: int, scale: int) -> np.ndarray:
    """How much of `WHITE` a region contributes to each HR pixel within its reach, float32 (H, W).

    A linear ramp across each end that is not the image's edge.  The product of both axes is the
    rectangle's indicator under a box filter; so the weights of any rectangles that part the image
    sum to `WHITE` at every pixel.
    """
    vertical, horizontal = (_ramps(axis, blend=blend, scale=scale) for axis in (rows, columns))
    return np.outer(WHITE * vertical, horizontal)


@lru_cache(maxsize=32)
def _ramps(axis: Side, *, blend: int, scale: int) -> np.ndarray:
    length, before, after = axis
    pixels = np.arange(-scale * before, scale * (length + after), dtype=np.float32)
    centres = (pixels + 0.5) / scale
    weight = np.ones_like(centres)
    if before:
        weight *= ((centres + blend) / (2 * blend)).clip(max=1)
    if after:
        weight *= ((length + blend - centres) / (2 * blend)).clip(max=1)
    return weight
