"""Values, nodata and bands: what goes into the network and what comes out of it."""

from __future__ import annotations

import numpy as np
import pytest

from classsr.errors import ClassSRError
from classsr.rasters.band_rows import from_levels
from classsr.rasters.bands import group_bands, parse_bands
from classsr.rasters.nodata import REACH, fill, neighbour, put_back
from classsr.rasters.values import ValueRange, enlarge, excess, parse_range, robust_range


def test_bands_of_three_colours_go_together() -> None:
    assert group_bands(("red", "green", "blue", "alpha"), chosen=None) == [(1, 2, 3), (4,)]
    assert group_bands(("blue", "green", "red", "undefined"), chosen=None) == [(3, 2, 1), (4,)]
    assert group_bands(("gray", "undefined"), chosen=None) == [(1,), (2,)]
    assert group_bands(("gray",) * 5, chosen=(5, 3, 1)) == [(5, 3, 1), (2,), (4,)]
    with pytest.raises(ClassSRError, match="the file has 2 bands"):
        group_bands(("gray", "undefined"), chosen=(3, 2, 1))


@pytest.mark.parametrize("text", ["3,2", "1,1,2", "0,1,2", "red,green,blue", ""])
def test_bands_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(ClassSRError, match="as in --bands 3,2,1"):
        parse_bands(text)


@pytest.mark.parametrize("text", ["5,5", "9,1", "1", "a,b", "nan,1"])
def test_ranges_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(ClassSRError, match="as in --range 0,3000"):
        parse_range(text)


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_values_within_a_range_come_back(dtype: str) -> None:
    values = np.linspace(-300, 9000, 1000).clip(0 if dtype == "uint16" else -300)
    values = values.astype(dtype)
    units = parse_range("-300,9000").to_unit(values)
    assert units.dtype == np.float32 and units.min() >= 0 and units.max() == 1
    back = from_levels(255 * units, ValueRange(-300, 9000), values.dtype)
    np.testing.assert_allclose(back, values, atol=0 if dtype != "float32" else 2e-3)


def test_a_robust_range_leaves_outliers_out() -> None:
    values = np.concatenate([np.full(10, 60000.0), np.linspace(100, 200, 10000)])
    found = robust_range(values)
    assert 100 <= found.low < 101 and 199 < found.high <= 200
    flat = robust_range(np.full(9, 7))
    assert (flat.low, flat.high) == (7, 8)


def test_values_beyond_the_range_keep_their_proportion() -> None:
    units = np.array([[-0.5, 0, 0.3, 1, 4]], dtype=np.float32)
    np.testing.assert_array_equal(excess(units), [[-0.5, 0, 0, 0, 3]])
    flat = np.full((3, 2), 3.0, dtype=np.float32)
    np.testing.assert_array_equal(enlarge(flat, scale=4), np.full((4, 8), 3.0))


def test_enlarging_rows_equals_enlarging_the_whole() -> None:
    image = np.random.default_rng(0).normal(size=(40, 31)).astype(np.float32)
    whole = enlarge(np.pad(image, ((1, 1), (0, 0)), mode="edge"), scale=4)
    np.testing.assert_array_equal(whole[40:120], enlarge(image[9:31], scale=4))


def test_filling_uses_valid_values_only() -> None:
    values = np.full((40, 40), -9999, dtype=np.float32)
    valid = np.zeros((40, 40), dtype=bool)
    valid[:10, :], values[:10, :] = True, 0.25
    filled = fill(values, valid, rest=0.5)
    np.testing.assert_allclose(filled[: 10 + REACH], 0.25, rtol=1e-6)
    assert (filled[10 + REACH :] == 0.5).all()
    assert (fill(values, ~np.ones_like(valid), rest=0.5) == 0.5).all()


def test_filling_rows_equals_filling_the_whole() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((80, 50), dtype=np.float32)
    valid = rng.random((80, 50)) > 0.97
    whole = fill(values, valid, rest=0.5)
    part = fill(values[20 - REACH : 50 + REACH], valid[20 - REACH : 50 + REACH], rest=0.5)
    np.testing.assert_array_equal(part[REACH:-REACH], whole[20:50])


def test_what_has_data_never_becomes_nodata() -> None:
    restored = np.array([[0, 1, 0, 200] * 2] * 4, dtype=np.uint8)
    valid = np.array([[True, False]])
    result = put_back(restored.copy(), valid, nodata=0, scale=4, low=0)
    np.testing.assert_array_equal(result, [[1, 1, 1, 200, 0, 0, 0, 0]] * 4)
    assert neighbour(255, np.dtype("uint8"), upwards=True) == 254
    assert neighbour(-32768, np.dtype("int16"), upwards=False) == -32767
    assert neighbour(0, np.dtype("float32"), upwards=True) > 0
