"""A session gives what a new upscaler gives, and computes only what changed."""

from __future__ import annotations

import numpy as np
import pytest

import odd_files
from classsr import ClassSRError, Upscaler
from classsr.images.rgb import read_image
from classsr.inference.budget import build_router
from classsr.inference.routing import most_probable
from classsr.inference.session import Session
from classsr.inference.upscaler import Upscaled
from photographs import PHOTOGRAPH


class Counting:
    """A runner that counts the LR pixels which another one computes."""

    def __init__(self, upscaler: Upscaler) -> None:
        self._runner = upscaler.runner
        self.scale, self.num_classes = self._runner.scale, self._runner.num_classes
        self.batch_size, self.streams = self._runner.batch_size, self._runner.streams
        self.branches = self.tiles = 0

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        self.tiles += len(tiles)
        return self._runner.classify(tiles)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        self.branches += tiles[:, 0].size
        return self._runner.run_branch(tiles, branch)


def upscale_anew(upscaler: Upscaler, budget: str | None, image: np.ndarray) -> Upscaled:
    """What an upscaler that was made for the budget gives."""
    route = build_router(budget, upscaler.runner, upscaler.cost)
    return upscaler.sharing(runner=upscaler.runner, route=route).upscale(image)


@pytest.fixture(scope="module")
def paddle_upscaler() -> Upscaler:
    return Upscaler(backend="paddle")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return read_image(PHOTOGRAPH)[:160, 150:360]


@pytest.mark.parametrize("backend", ["paddle", "openvino"])
def test_every_budget_gives_what_a_new_upscaler_gives(picture: np.ndarray, backend: str) -> None:
    upscaler = Upscaler(backend=backend)
    session = Session(upscaler, picture)
    for budget in (None, "40%", "75%", "41%", "100%", None):
        step = session.upscale(budget)
        fresh = upscale_anew(upscaler, budget, picture)
        assert np.array_equal(step.upscaled.image, fresh.image)
        assert np.array_equal(step.upscaled.plans[0].classes, fresh.plans[0].classes)


def test_sixteen_bits_and_alpha_are_the_same_too(
    paddle_upscaler: Upscaler, picture: np.ndarray
) -> None:
    alpha = np.linspace(0, 255, picture.shape[0] * picture.shape[1]).reshape(picture.shape[:2])
    image = odd_files.deep(np.dstack([picture, alpha.astype(np.uint8)]))
    session = Session(paddle_upscaler, image)
    for budget in ("90%", "50%"):
        step = session.upscale(budget)
        assert len(step.logits) == 2
        fresh = upscale_anew(paddle_upscaler, budget, image)
        assert np.array_equal(step.upscaled.image, fresh.image)


def test_only_regions_that_changed_are_computed(
    paddle_upscaler: Upscaler, picture: np.ndarray
) -> None:
    counting = Counting(paddle_upscaler)
    session = Session(paddle_upscaler.sharing(runner=counting, route=most_probable), picture)
    first = session.upscale("60%").upscaled.plans[0]
    assert counting.branches == first.computed_pixels(num_classes=3).sum()
    assert counting.tiles == len(first.tiling)
    counting.branches = 0
    session.upscale("60%")
    assert counting.branches == 0
    second = session.upscale("65%").upscaled.plans[0]
    before, after = ({r for strip in plan.strips for r in strip} for plan in (first, second))
    assert counting.branches == sum(r.shape[0] * r.shape[1] for r in after - before) > 0
    assert counting.tiles == len(first.tiling)


def test_what_is_remembered_is_bounded(paddle_upscaler: Upscaler, picture: np.ndarray) -> None:
    free = Session(paddle_upscaler, picture)
    sizes = []
    for budget in ("50%", "90%", "50%", "90%"):
        free.upscale(budget)
        sizes.append(free.size)
    assert max(sizes) < 2.5 * sizes[0]
    bounded = Session(paddle_upscaler, picture, capacity=10**6)
    image = bounded.upscale("50%").upscaled.image
    assert 0 < bounded.size <= 10**6
    assert np.array_equal(image, free.upscale("50%").upscaled.image)


def test_what_progress_raises_stops_the_work_and_loses_nothing(
    paddle_upscaler: Upscaler, picture: np.ndarray
) -> None:
    session = Session(paddle_upscaler, picture)

    def stop(share: float) -> None:
        raise ClassSRError("enough")

    with pytest.raises(ClassSRError, match="enough"):
        session.upscale(None, progress=stop)
    assert session.size > 0
    assert np.array_equal(session.upscale(None).upscaled.image, paddle_upscaler(picture))
