"""Colours under hidden pixels."""

from __future__ import annotations

import numpy as np

from classsr.images.channels import fill_hidden


def test_hidden_pixels_take_the_colour_of_the_nearest_visible_one() -> None:
    grey = np.array([[10, 99, 99, 99, 99, 20], [99, 99, 99, 99, 99, 99]], np.uint16)
    alpha = np.array([[7, 0, 0, 0, 0, 9], [0, 0, 0, 0, 0, 0]], np.uint16)
    filled = [[10, 10, 10, 20, 20, 20]] * 2
    np.testing.assert_array_equal(fill_hidden(grey, alpha), filled)
    colours = np.dstack([grey, grey + 1, grey + 2])
    expected = np.dstack([filled, np.add(filled, 1), np.add(filled, 2)])
    np.testing.assert_array_equal(fill_hidden(colours, alpha), expected)


def test_all_visible_or_all_hidden() -> None:
    grey = np.array([[10, 99]], np.uint8)
    assert fill_hidden(grey, np.full((1, 2), 1, np.uint8)) is grey
    np.testing.assert_array_equal(fill_hidden(grey, np.zeros((1, 2), np.uint8)), [[0, 0]])
