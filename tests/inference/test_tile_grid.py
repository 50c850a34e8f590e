"""The geometry of tiles."""

from __future__ import annotations

import numpy as np
import pytest

from classsr.errors import ClassSRError
from classsr.inference.tile_grid import cut_tiles, merge_tiles, paper_tiling
from samples import photograph


def test_origins_and_dropped_remainder() -> None:
    tiling = paper_tiling(120, 125)
    assert tiling.tops == (0, 28, 56, 84)
    assert tiling.lefts == (0, 28, 56, 84)
    assert tiling.covered == (116, 116)
    assert len(tiling) == 16
    assert tiling.origins[:2] == [(0, 0), (0, 28)]


@pytest.mark.parametrize("size", [(32, 32), (33, 91), (60, 88), (70, 61)])
def test_merging_what_was_cut_gives_the_image(size: tuple[int, int]) -> None:
    image = photograph(*size)
    tiling = paper_tiling(*size)
    tiles = cut_tiles(image, tiling).repeat(2, axis=1).repeat(2, axis=2)
    order = np.random.default_rng(0).permutation(len(tiling))
    parts = [(order[:1], tiles[order[:1]]), (order[1:], tiles[order[1:]])]
    merged = merge_tiles(parts, tiling, scale=2)
    height, width = tiling.covered
    expected = image[:height, :width].repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(merged, expected)


def test_overlaps_are_averaged() -> None:
    tiling = paper_tiling(60, 60)
    tiles = np.stack([np.full((32, 32, 3), level, dtype=np.uint8) for level in (0, 40, 80, 200)])
    merged = merge_tiles([(np.arange(4), tiles)], tiling, scale=1)
    assert merged[0, 0, 0] == 0
    assert merged[0, 29, 0] == 20  # between the upper two
    assert merged[30, 0, 0] == 40  # between the left two
    assert merged[30, 30, 0] == 80  # between all four
    assert merged[59, 59, 0] == 200


def test_an_image_smaller_than_a_tile_is_refused() -> None:
    with pytest.raises(ClassSRError, match="31x50 pixels is smaller than a tile of 32x32"):
        paper_tiling(50, 31)
