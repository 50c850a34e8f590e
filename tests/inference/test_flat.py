"""Areas of one colour keep it, and everything else stays as the network gives it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from classsr import Upscaler
from classsr.inference.flat import CORE, RAMP, flat_weights
from properties import MODELS, constant, difference_by_hidden_colours, shifts

SLOW = ("ClassSR_RCAN_small", "RCAN_small_O")


@cache
def upscaler_of(model: str) -> Upscaler:
    return Upscaler(model, backend="paddle", budget="100%")


def graphic() -> np.ndarray:
    """A blue disc and a black bar on green, as a logo has them."""
    image = np.full((80, 112, 3), (0, 200, 0), dtype=np.uint8)
    y, x = np.mgrid[:80, :112]
    image[(y - 40) ** 2 + (x - 40) ** 2 < 28**2] = (30, 30, 220)
    image[10:70, 84:88] = 0
    return image


@pytest.mark.parametrize("model", MODELS)
def test_a_picture_of_one_colour_stays_so(model: str) -> None:
    assert shifts(upscaler_of(model), (1, 127, 240)) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_a_picture_of_any_colour_stays_so(model: str) -> None:
    assert shifts(upscaler_of(model), range(0, 256, 15 if model in SLOW else 1)) == (0, 0)


@pytest.mark.parametrize("model", MODELS)
def test_hidden_colours_do_not_change_the_result(model: str) -> None:
    assert difference_by_hidden_colours(upscaler_of(model)) == 0


@pytest.mark.parametrize("model", MODELS)
def test_a_graphic_keeps_its_areas_and_gets_no_contours(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, upscaler = graphic(), upscaler_of(model)
    sr = upscaler(image).astype(int)
    monkeypatch.setattr("classsr.inference.upscaler.flat_weights", lambda image: None)
    raw = upscaler(image).astype(int)

    weights = flat_weights(image)
    assert weights is not None
    own = image.repeat(4, axis=0).repeat(4, axis=1)
    inside, outside = in_result(weights == 1), in_result(weights == 0)
    assert (sr == own)[inside].all() and inside.mean() > 0.2
    assert (sr == raw)[outside].all()
    largest = np.abs(raw - own)[in_result(weights > 0)].max()
    ramp = largest / (4 * RAMP) + 1  # from the network's shift to none, and rounding
    for axis in (0, 1):
        steps, without = (np.abs(np.diff(result, axis=axis)) for result in (sr, raw))
        assert (steps <= without + ramp).all()


def in_result(mask: np.ndarray) -> np.ndarray:
    """Result pixels all of whose neighbours in the LR image belong to a mask."""
    padded = np.pad(mask, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    return windows.all(axis=(2, 3)).repeat(4, axis=0).repeat(4, axis=1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (5, 90), (40, 40)])
def test_of_every_kind_and_size(dtype: type, channels: int, size: tuple[int, int]) -> None:
    colour = np.array([13, 200, 77, 140][:channels]) * (257 if dtype == np.uint16 else 1)
    image = np.full((*size, channels), colour, dtype=dtype)
    image = image[:, :, 0] if channels == 1 else image
    assert (upscaler_of("FSRCNN_O")(image) == image[0, 0]).all()


def test_at_another_scale() -> None:
    image = constant("blue", 127)
    for scale in (1.5, 8):
        sr = Upscaler("FSRCNN_O", backend="paddle", budget="100%", scale=scale)(image)
        assert sr.shape[0] == 24 * scale and (sr == image[0, 0]).all()


def test_what_is_clear_or_opaque_stays_exactly_so() -> None:
    image = np.dstack([graphic(), np.full((80, 112), 255, np.uint8)])
    image[:, 60:, 3] = 0
    alpha = upscaler_of("FSRCNN_O")(image)[:, :, 3]
    assert (alpha[:, : 4 * 50] == 255).all() and (alpha[:, 4 * 70 :] == 0).all()


def test_a_picture_without_flat_areas_is_left_to_the_network() -> None:
    rng = np.random.default_rng(0)
    assert flat_weights(rng.integers(0, 256, (60, 60, 3), dtype=np.uint8)) is None
    almost = constant("green", 200)
    almost[::3, ::3, 2] += 1
    assert flat_weights(almost) is None


def test_weights_rise_from_the_nearest_other_colour() -> None:
    image = np.full((1, 40, 3), (0, 0, 90), dtype=np.uint8)
    image[0, 0] += 1
    weights = flat_weights(image)
    assert weights is not None
    expected = np.clip((np.arange(40) - CORE) / RAMP, 0, 1)
    np.testing.assert_allclose(weights[0], expected, atol=1e-6)
