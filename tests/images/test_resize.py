"""imresize against files that MATLAB and the original scripts wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classsr.images.resize import imresize
from classsr.images.rgb import read_image

FIXTURES = Path(__file__).parents[1] / "fixtures"


def corner() -> np.ndarray:
    """The upper left 144x144 pixels of an HR image of a common test set."""
    return read_image(FIXTURES / "corner_hr.png")


def test_lr_of_a_common_test_set_is_reproduced_exactly() -> None:
    expected = read_image(FIXTURES / "corner_lr_x4.png")  # as far as the crop decides it
    np.testing.assert_array_equal(imresize(corner(), scale=1 / 4)[:34, :34], expected)


def test_float_variant_agrees_with_the_original_scripts() -> None:
    reference = np.load(FIXTURES / "resize.npz")
    image = corner()[:, :, ::-1].astype(np.float32) / 255  # the reference is BGR
    quarter = imresize(image, scale=1 / 4, edges="mirror")
    np.testing.assert_allclose(quarter[:34, :34], reference["down4"], atol=1e-5)
    smaller = imresize(image, scale=0.7, edges="mirror")
    assert smaller.dtype == np.float32
    np.testing.assert_allclose(smaller[:64, :64], reference["up_07"], atol=1e-5)


def test_edges_differ_only_near_the_border() -> None:
    image = corner()
    clamped, mirrored = (imresize(image, scale=1 / 4, edges=e) for e in ("clamp", "mirror"))
    np.testing.assert_array_equal(clamped[2:-2, 2:-2], mirrored[2:-2, 2:-2])
    assert (clamped != mirrored).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("scale", [1 / 4, 1 / 3, 1 / 2, 0.6, 2.0, 3.5])
def test_a_flat_image_stays_flat(dtype: type, scale: float) -> None:
    image: np.ndarray = np.full((21, 13, 3), 200, dtype)
    resized = imresize(image, scale=scale)
    assert resized.dtype == dtype
    assert resized.shape == (np.ceil(21 * scale), np.ceil(13 * scale), 3)
    np.testing.assert_allclose(resized, 200, rtol=1e-6)


def test_16_bits_are_8_bits_with_finer_rounding() -> None:
    image = corner()
    fine = imresize(image.astype(np.uint16) * 257, scale=1 / 2)
    difference = fine / 257 - imresize(image, scale=1 / 2)
    assert np.abs(difference).max() <= 1.1  # two roundings of half a grey level each


def test_grey_images_and_sizes_are_taken() -> None:
    image = corner()
    np.testing.assert_array_equal(
        imresize(image[:, :, 0], size=(36, 36)), imresize(image, scale=1 / 4)[:, :, 0]
    )
    assert imresize(image, size=(30, 500)).shape == (30, 500, 3)


def test_either_scale_or_size_is_needed() -> None:
    with pytest.raises(ValueError, match="either"):
        imresize(corner(), scale=0.5, size=(2, 2))
