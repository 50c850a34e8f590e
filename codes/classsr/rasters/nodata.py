"""Pixels without data: filled before the network, and put back behind it."""

from __future__ import annotations

import numpy as np

REACH = 8  # pixels to which valid values are continued: the half of what a small network sees


def fill(values: np.ndarray, valid: np.ndarray, *, rest: float) -> np.ndarray:
    """Continue valid values into their neighbourhood, so that no network sees what is no data.

    Ring by ring, each pixel takes the mean of its neighbours that have a value. The result at a
    pixel depends on pixels at most `REACH` away.

    values: (H, W) float32; valid: bool (H, W); rest: for pixels further than that.
    """
    if valid.all():
        return values
    if not valid.any():
        return np.full_like(values, rest)
    filled = np.where(valid, values, 0).astype(np.float32)
    known = valid.astype(np.float32)
    for _ in range(REACH):
        total, count = _neighbours(filled), _neighbours(known)
        ring = (known == 0) & (count > 0)
        filled[ring] = total[ring] / count[ring]
        known[ring] = 1
    filled[known == 0] = rest
    return filled


def put_back(
    restored: np.ndarray, valid: np.ndarray, *, nodata: float | None, scale: int, low: float
) -> np.ndarray:
    """Set what has no data to `nodata`; what has data does not get that value by chance.

    restored: (scale * H, scale * W), in the dtype of the file, changed in place; valid: (H, W).
    nodata: None where the file names none; then only floats lack data, and become NaN.
    low: the lower end of the values' range: a value equal to `nodata` moves one step away from
        it, upwards from a `nodata` at or below `low`.
    """
    if nodata is not None:
        chance = restored == nodata
        if chance.any():
            restored[chance] = neighbour(nodata, restored.dtype, upwards=nodata <= low)
    if not valid.all():
        masked = ~valid.repeat(scale, axis=0).repeat(scale, axis=1)
        restored[masked] = np.nan if nodata is None else nodata
    return restored


def neighbour(value: float, dtype: np.dtype, *, upwards: bool) -> float:
    """The next value that a dtype holds, in the other direction at its end."""
    if dtype.kind == "f":
        return float(np.nextafter(dtype.type(value), dtype.type(np.inf if upwards else -np.inf)))
    limits = np.iinfo(dtype)
    step = 1 if upwards else -1
    return value + step if limits.min <= value + step <= limits.max else value - step


def is_valid(bands: np.ndarray, nodata: tuple[float | None, ...]) -> np.ndarray:
    """Which pixels have data (N, H, W): neither `nodata` nor, of floats, infinite or no number."""
    valid = np.isfinite(bands)
    for own, band, missing in zip(valid, bands, nodata, strict=True):
        if missing is not None:
            own &= band != missing
    return valid


def _neighbours(values: np.ndarray) -> np.ndarray:
    """The sum over the 3x3 pixels around each, in an order that no window changes."""
    height, width = values.shape
    padded = np.pad(values, 1)
    rows = padded[:, :width] + padded[:, 1 : width + 1] + padded[:, 2:]
    return rows[:height] + rows[1 : height + 1] + rows[2:]
