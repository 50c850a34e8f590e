"""The pixel recipes from a photograph to HR and LR."""

from __future__ import annotations

import numpy as np
import pytest

from classsr.data.prepare.photographs import fitted, make_pair, resized, scaled_name, to_8_bit
from classsr.images.resize import imresize
from classsr.images.rgb import read_image
from photographs import PHOTOGRAPH, random_image


def test_the_two_recipes() -> None:
    image = read_image(PHOTOGRAPH)
    np.testing.assert_array_equal(
        resized(image, scale=1 / 4, recipe="matlab"), imresize(image, scale=1 / 4)
    )
    exact = imresize(image.astype(np.float64), scale=0.7, edges="mirror")
    original = resized(image, scale=0.7, recipe="original")
    assert original.dtype == np.uint8
    assert np.abs(original - exact.clip(0, 255)).max() <= 0.5 + 1e-4


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_hr_is_cropped_to_a_multiple_of_the_scale(scale: int) -> None:
    image = random_image(49, 38)
    lr, hr = make_pair(image, scale=scale, recipe="matlab")
    assert lr.shape[:2] == (49 // scale, 38 // scale)
    assert hr.shape[:2] == (lr.shape[0] * scale, lr.shape[1] * scale)
    np.testing.assert_array_equal(hr, image[: hr.shape[0], : hr.shape[1]])


def test_only_large_images_are_fitted() -> None:
    image = random_image(60, 90)
    assert fitted(image, long_side=45, recipe="matlab").shape == (30, 45, 3)
    assert fitted(image, long_side=90, recipe="matlab") is image


def test_16_bits_are_rounded() -> None:
    deep = np.array([0, 128, 129, 257, 65535 - 129, 65535 - 128, 65535], np.uint16)
    assert to_8_bit(deep).tolist() == [0, 0, 1, 1, 254, 255, 255]


def test_names_are_those_of_the_original_scripts() -> None:
    assert [scaled_name("0001", factor) for factor in (1.0, 0.9)] == ["0001", "0.9_0001"]
