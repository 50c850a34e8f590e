"""Images that are read in rows: the result of the whole image, in bounded memory."""

from __future__ import annotations

import numpy as np
import pytest

from classsr.images.rgb import to_float
from classsr.inference import full_protocol
from classsr.inference.full_protocol import Geometry, decide, run_plan
from classsr.inference.full_protocol_in_rows import (
    ArrayRows,
    classify_rows,
    restore_strip,
    strips_of,
)


class Sharpen:
    """A runner whose result depends on neighbours, on the window's edges and on the class."""

    scale, num_classes, batch_size, streams = 2, 2, 4, 2

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        levels = tiles.mean(axis=(1, 2, 3), dtype=np.float64)
        return np.stack([levels, np.full(len(levels), 128.0)], axis=1)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        whole = tiles.dtype == np.uint8
        values = to_float(tiles).transpose(0, 3, 1, 2) if whole else tiles
        padded = np.pad(values, ((0, 0), (0, 0), (2, 2), (0, 0)))
        blurred = (padded[:, :, :-4] + padded[:, :, 4:]) / 2
        sharp = (values + (0.2 + branch) * (values - blurred)).repeat(2, axis=2).repeat(2, axis=3)
        if not whole:
            return sharp
        return np.rint(255 * sharp.clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@pytest.mark.parametrize("size", [(1, 1), (20, 300), (300, 20), (64, 97), (333, 210)])
@pytest.mark.parametrize("grey", [False, True])
def test_strips_equal_the_whole(
    size: tuple[int, int], grey: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_protocol, "STRIP_PIXELS", 2 * 32 * 210)
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (size[0] // 40 + 1, size[1] // 40 + 1, 3), dtype=np.uint8)
    image = coarse.repeat(40, axis=0).repeat(40, axis=1)[: size[0], : size[1]]
    image = image // 2 + rng.integers(0, 128, image.shape, dtype=np.uint8)
    runner, geometry = Sharpen(), Geometry()
    plan = decide(image, runner, geometry=geometry)
    shape = (2 * size[0], 2 * size[1])
    whole = np.empty(shape if grey else (*shape, 3), dtype=np.uint8)
    run_plan(plan, runner, result=whole)

    rows = ArrayRows(image)
    classes = classify_rows(rows, runner, geometry=geometry).argmax(axis=1)
    np.testing.assert_array_equal(classes, plan.classes)
    strips = strips_of(rows.shape, geometry)
    areas: list[int] = []
    parts = [
        restore_strip(
            rows,
            strips,
            classes,
            number,
            runner,
            grey=grey,
            dtype=np.dtype("uint8"),
            progress=areas.append,
        )
        for number in range(len(strips))
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert sum(areas) == np.prod(strips.tiling.covered)
    if size == (333, 210):
        assert len(strips) == 6 and set(classes) == {0, 1}


def test_rows_are_read_only_where_they_are_needed() -> None:
    class Watched(ArrayRows):
        tallest = 0

        def read(self, top: int, bottom: int) -> np.ndarray:
            self.tallest = max(self.tallest, bottom - top)
            return super().read(top, bottom)

    rows, runner, geometry = (
        Watched(np.zeros((900, 20000, 3), dtype=np.uint8)),
        Sharpen(),
        Geometry(),
    )
    classes = classify_rows(rows, runner, geometry=geometry).argmax(axis=1)
    assert rows.tallest == 32
    strips = strips_of(rows.shape, geometry)
    restore_strip(rows, strips, classes, 3, runner, grey=False, dtype=np.dtype("uint8"))
    assert rows.tallest == strips.rows + 2 * geometry.halo == 100
