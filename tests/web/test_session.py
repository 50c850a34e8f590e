"""A session gives what a new upscaler gives, and computes only what changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import odd_files
from classsr import ClassSRError, Upscaler
from classsr.images.rgb import read_image
from classsr.web.session import Session
from photographs import PHOTOGRAPH


@pytest.fixture(scope="module")
def upscaler() -> Upscaler:
    return Upscaler(backend="paddle", budget="100%")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return read_image(PHOTOGRAPH)[:160, 150:360]


@pytest.mark.parametrize("backend", ["paddle", "openvino"])
def test_every_budget_gives_what_a_new_upscaler_gives(picture: np.ndarray, backend: Any) -> None:
    session = Session(Upscaler(backend=backend, budget="100%"), picture)
    for budget in ("40%", "75%", 0.41, "100%", "41%"):
        step = session.upscale(budget)
        fresh = Upscaler(backend=backend, budget=budget).upscale(picture)
        assert np.array_equal(step.upscaled.image, fresh.image)
        assert np.array_equal(step.upscaled.plans[0].classes, fresh.plans[0].classes)


def test_without_a_budget_the_classes_decide(upscaler: Upscaler, picture: np.ndarray) -> None:
    step = Session(upscaler, picture).upscale(None)
    assert np.array_equal(step.upscaled.plans[0].classes, step.logits[0].argmax(axis=1))


def test_sixteen_bits_and_alpha_are_the_same_too(upscaler: Upscaler, picture: np.ndarray) -> None:
    alpha = np.linspace(0, 255, picture[:, :, 0].size).reshape(picture.shape[:2])
    image = odd_files.deep(np.dstack([picture, alpha.astype(np.uint8)]))
    session = Session(upscaler, image)
    for budget in ("90%", "50%"):
        step = session.upscale(budget)
        assert len(step.logits) == 2
        assert np.array_equal(
            step.upscaled.image, Upscaler(backend="paddle", budget=budget).upscale(image).image
        )


def test_only_regions_that_changed_are_computed(
    upscaler: Upscaler, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[tuple[int, ...]] = []
    run_branch = upscaler.runner.run_branch

    def counted(tiles: np.ndarray, branch: int) -> np.ndarray:
        if tiles.dtype == np.uint8:  # the runner calls itself with floats
            computed.extend([tiles.shape[1:3]] * len(tiles))
        return run_branch(tiles, branch)

    monkeypatch.setattr(upscaler.runner, "run_branch", counted)
    monkeypatch.setattr(upscaler.runner, "classify", Once(upscaler.runner.classify))
    session = Session(upscaler, picture)
    first = session.upscale("60%").upscaled.plans[0]
    assert sorted(computed) == sorted(region.shape for region in first.regions)
    computed.clear()
    session.upscale("60%")
    assert computed == []
    step = session.upscale("65%")
    second = step.upscaled.plans[0]
    changed = set(second.regions) - set(first.regions)
    assert 0 < len(changed) < len(second.regions)
    assert sorted(computed) == sorted(region.shape for region in changed)
    assert step.computed == sum(region.area for region in changed) / picture[:, :, 0].size


class Once:
    """A function that may not be called with the same tiles again."""

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]) -> None:
        self._function, self._seen = function, set[bytes]()

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        assert tiles.tobytes() not in self._seen
        self._seen.add(tiles.tobytes())
        return self._function(tiles)


def test_progress_counts_what_is_computed(upscaler: Upscaler, picture: np.ndarray) -> None:
    session = Session(upscaler, picture)
    for budget in ("50%", "70%"):
        shares: list[float] = []
        session.upscale(budget, progress=shares.append)
        assert sum(shares) == pytest.approx(1)


def test_what_progress_raises_stops_the_work_and_spoils_nothing(
    upscaler: Upscaler, picture: np.ndarray
) -> None:
    session = Session(upscaler, picture)
    first = session.upscale("50%").upscaled.image
    kept = first.copy()

    def stop(share: float) -> None:
        raise ClassSRError("enough")

    with pytest.raises(ClassSRError, match="enough"):
        session.upscale("90%", progress=stop)
    assert np.array_equal(first, kept)
    assert np.array_equal(session.upscale("50%").upscaled.image, kept)
