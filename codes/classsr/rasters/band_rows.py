"""A group of bands as the RGB image that a network takes, and its result as bands again."""

from __future__ import annotations

import numpy as np

from classsr.rasters import nodata
from classsr.rasters.bands import BandGroup
from classsr.rasters.raster import Raster
from classsr.rasters.values import ValueRange, enlarge, excess, robust_range


class BandRows:
    """The rows of a group of bands: see `inference.full_protocol_in_rows.Rows`.

    Whole numbers over their full range that all have data are given as they are, others as
    float32 in [0, 1].
    """

    def __init__(self, raster: Raster, group: BandGroup) -> None:
        info = raster.info
        self.shape = (info.height, info.width, 3)
        self._raster, self._group, self._info = raster, group, info
        self.is_grey = len(group.bands) == 1
        self._is_plain = (
            group.values == full_range(info.dtype)
            and info.dtype.kind == "u"
            and not info.has_mask
            and all(value is None for value in group.nodata)
        )
        self.result_dtype = info.dtype if self._is_plain else np.dtype(np.float32)

    def read(self, top: int, bottom: int) -> np.ndarray:
        """See `Rows.read`; grey is three equal channels."""
        if self._is_plain:
            planes = self._raster.read(self._group.bands, top, bottom)
        else:
            units, _, _ = self._units(top, bottom)
            planes = units.clip(0, 1)
        return np.broadcast_to(planes, (3, *planes.shape[1:])).transpose(1, 2, 0)

    def finish(self, restored: np.ndarray, top: int, bottom: int, *, scale: int) -> np.ndarray:
        """What the network made of LR rows, in the file's dtype (N, scale * rows, scale * W).

        restored: (scale * rows, scale * W, 3), without channels where it is grey, in
            `result_dtype`. Values outside of the range are added as they were, and pixels without
            data have none again.
        """
        planes = restored[None] if self.is_grey else restored.transpose(2, 0, 1)
        if self._is_plain:
            return planes
        values = self._group.values
        units, valid, above = self._units(top, bottom, margin=1)
        height = bottom - top
        bands: list[np.ndarray] = []
        for plane, unit, mask, missing in zip(
            planes, units, valid, self._group.nodata, strict=True
        ):
            beyond = excess(unit)
            if beyond.any():
                plane = plane + 255 * enlarge(_framed(beyond, above, height), scale=scale)
            band = from_levels(plane, values, self._info.dtype)
            own = mask[above : above + height]
            bands.append(nodata.put_back(band, own, nodata=missing, scale=scale, low=values.low))
        return np.stack(bands)

    def _units(
        self, top: int, bottom: int, *, margin: int = 0
    ) -> tuple[np.ndarray, np.ndarray, int]:
        """Filled values, 0 to 1 within the range (N, h, W), and which were valid by themselves.

        margin: rows above and below, as far as there are some; how many above comes last.
        """
        first, last = max(top - margin, 0), min(bottom + margin, self.shape[0])
        begin, end = max(first - nodata.REACH, 0), min(last + nodata.REACH, self.shape[0])
        raw = self._raster.read(self._group.bands, begin, end)
        valid = nodata.is_valid(raw, self._group.nodata)
        with np.errstate(invalid="ignore"):  # what is no number is filled
            units = self._group.values.to_unit(raw)
        known = valid & self._raster.read_mask(begin, end) if self._info.has_mask else valid
        filled = [nodata.fill(u, k, rest=0.5) for u, k in zip(units, known, strict=True)]
        wanted = slice(first - begin, last - begin)
        return np.stack(filled)[:, wanted], valid[:, wanted], top - first


def make_group(raster: Raster, bands: tuple[int, ...], given: ValueRange | None) -> BandGroup:
    """A group with its nodata values and its range.

    The range is what the user says; the full one of photographs; or robust percentiles.
    Photographs are uint8, and uint16 without georeference. Three bands share one range, so
    that their colours stay what they are.
    """
    info = raster.info
    missing = tuple(info.nodata[band - 1] for band in bands)
    if given is not None:
        return BandGroup(bands, given, missing)
    if info.dtype == np.uint8 or (info.dtype == np.uint16 and not info.is_map):
        return BandGroup(bands, full_range(info.dtype), missing)
    values = raster.sample(bands)
    valid = nodata.is_valid(values, missing)
    values = values[valid & raster.sample_mask() if info.has_mask else valid]
    return BandGroup(bands, robust_range(values), missing)


def full_range(dtype: np.dtype) -> ValueRange:
    """From 0 to the largest value of an integer dtype, to 1 of floats."""
    return ValueRange(0, float(np.iinfo(dtype).max) if dtype.kind in "iu" else 1.0)


def from_levels(levels: np.ndarray, values: ValueRange, dtype: np.dtype) -> np.ndarray:
    """Levels on 0..255 as values of a file, rounded and clipped to what an integer dtype holds."""
    scaled = levels * np.float32((values.high - values.low) / 255)
    scaled += np.float32(values.low)
    if dtype.kind == "f":
        return scaled.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    np.rint(scaled, out=scaled)
    return scaled.clip(limits.min, limits.max, out=scaled).astype(dtype)


def _framed(rows: np.ndarray, above: int, height: int) -> np.ndarray:
    """Rows with exactly one more above and below; at the image's edge its own row again."""
    below = len(rows) - above - height
    return np.pad(rows, ((1 - above, 1 - below), (0, 0)), mode="edge")
