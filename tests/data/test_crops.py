"""Where sub-images lie."""

from __future__ import annotations

import pytest

from classsr.data.prepare.crops import CropRule, crops_for_testing, crops_for_training
from classsr.errors import ClassSRError


@pytest.mark.parametrize(
    ("length", "starts"),
    [
        (127, []),
        (128, [0]),
        (128 + 48, [0]),  # 48 pixels remain: not wider than the limit
        (128 + 49, [0, 49]),
        (128 + 64 + 49, [0, 64, 113]),
    ],
)
def test_a_remainder_wider_than_48_gets_one_more(length: int, starts: list[int]) -> None:
    assert crops_for_training(4).starts(length).tolist() == starts


def test_positions_run_row_by_row() -> None:
    positions = crops_for_training(4).positions(192, 256)
    assert positions.tolist() == [[y, x] for y in (0, 64) for x in (0, 64, 128)]


def test_counts_of_a_div2k_photograph() -> None:
    assert len(crops_for_training(4).positions(1356, 2040)) == 20 * 31
    assert crops_for_testing(4) == CropRule(crop=128, step=112, remainder=48)


def test_figures_must_fall_on_lr_pixels() -> None:
    with pytest.raises(ClassSRError, match=r"--step: expected a multiple of the scale 4, got 62"):
        CropRule(crop=128, step=62, remainder=48).check(4)
