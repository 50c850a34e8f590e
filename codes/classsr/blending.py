"""Put super-resolved regions together so that they fade into each other where they meet."""

from __future__ import annotations

import numpy as np

from classsr.regions import Region, Span, reach

Piece = tuple[Span, Span, np.ndarray]  # LR rows and columns, HR values (3, H, W)


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

    def paint(self, region: Region, sr: np.ndarray) -> list[Piece]:
        """Write the pixels that a region alone makes; returns what it gives to shared ones.

        Several threads may paint at the same time, and what they return is to be added in a fixed
        order, so that the result does not depend on which of them was first.

        sr: output (3, H, W) of the region's window, which is used up.
        """
        rows = reach(region.rows, self._blend, length=self._height)
        columns = reach(region.columns, self._blend, length=self._width)
        own_rows = untouched(region.rows, self._blend, length=self._height)
        own_columns = untouched(region.columns, self._blend, length=self._width)
        part = sr[
            :, self._hr(rows, region.window_rows[0]), self._hr(columns, region.window_columns[0])
        ]
        ramp = 2 * self._blend * self._scale
        multiply_ends(part.swapaxes(1, 2), self._weights(region.rows, self._height), ramp)
        multiply_ends(part, self._weights(region.columns, self._width), ramp)

        def piece(piece_rows: Span, piece_columns: Span) -> Piece:
            inside = np.s_[:, self._hr(piece_rows, rows[0]), self._hr(piece_columns, columns[0])]
            return piece_rows, piece_columns, part[inside]

        _, _, own = piece(own_rows, own_columns)
        self._planes[:, self._hr(own_rows, self._top), self._hr(own_columns, 0)] = own
        return [
            piece((rows[0], own_rows[0]), columns),
            piece((own_rows[1], rows[1]), columns),
            piece(own_rows, (columns[0], own_columns[0])),
            piece(own_rows, (own_columns[1], columns[1])),
        ]

    def add(self, pieces: list[Piece]) -> None:
        """Add what `paint` returned for a region."""
        for rows, columns, values in pieces:
            self._planes[:, self._hr(rows, self._top), self._hr(columns, 0)] += values

    def take(self, bottom: int) -> np.ndarray:
        """Remove the rows that regions below the LR row `bottom` leave as they are.

        Returns float32 RGB (H, W, 3), laid out plane by plane.
        """
        last = bottom if bottom == self._height else bottom - self._blend
        finished = self._hr((self._top, last), self._top)
        taken = self._planes[:, finished].transpose(1, 2, 0)
        self._planes = self._planes[:, finished.stop :]
        self._top = last
        return taken

    def _weights(self, core: Span, length: int) -> np.ndarray:
        return weights(core, blend=self._blend, length=length, scale=self._scale)

    def _hr(self, span: Span, origin: int) -> slice:
        return slice(self._scale * (span[0] - origin), self._scale * (span[1] - origin))


def untouched(core: Span, by: int, *, length: int) -> Span:
    """The part of a span that its neighbours, extended by `by`, leave to it; it may be empty."""
    stop = core[1] - by if core[1] < length else length
    return min(core[0] + by, stop) if core[0] > 0 else 0, stop


def weights(core: Span, *, blend: int, length: int, scale: int) -> np.ndarray:
    """How much a region contributes to each HR pixel of one axis within its `reach`, float32.

    A linear ramp across each end of the core that is not the image's edge.  The product of both
    axes is the rectangle's indicator under a box filter; so the weights of any rectangles that
    part the image sum to 1 at every pixel.

    core: at least 2 * blend pixels long, unless it lies at the image's edge.
    """
    start, stop = reach(core, blend, length=length)
    centres = (np.arange(scale * start, scale * stop, dtype=np.float32) + 0.5) / scale
    weight = np.ones_like(centres)
    if core[0] > 0:
        weight *= ((centres - core[0] + blend) / (2 * blend)).clip(max=1)
    if core[1] < length:
        weight *= ((core[1] + blend - centres) / (2 * blend)).clip(max=1)
    return weight


def multiply_ends(part: np.ndarray, weight: np.ndarray, ramp: int) -> None:
    """Multiply the last axis of (3, H, W) in place by weights that are 1 but for its ends.

    ramp: values at each end that may not be 1.
    """
    if len(weight) < 2 * ramp:
        part *= weight
    else:
        part[:, :, :ramp] *= weight[:ramp]
        part[:, :, -ramp:] *= weight[-ramp:]
