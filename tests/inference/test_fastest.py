"""Seconds: measured, kept, and deciding between routing and the plain network."""

from __future__ import annotations

import itertools
import logging
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from classsr.inference import seconds, seconds_cache
from classsr.inference.fastest import decide_fastest, undominated
from classsr.inference.full_protocol import Geometry, joined, run_plan, tiled
from classsr.inference.seconds import Seconds, along, measure_seconds
from classsr.inference.seconds_cache import cache_file, cached_seconds, dependencies

IMAGE = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
GEOMETRY = Geometry()


def proportional(*seconds: float) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Curves of branches whose windows take so many seconds a LR pixel, whatever their size."""
    return tuple(((1000, 1000 * value),) for value in seconds)


CHEAP = Seconds(classifier=1e-6, windows=proportional(1e-7, 2e-7, 9e-7))


class Counts:
    """A runner of three branches that repeat pixels; tiles go to class 0, or as told."""

    scale = 4
    num_classes = 3
    batch_size = 4
    streams = 1

    def __init__(self, label: int = 0) -> None:
        self.label = label
        self.classified = 0
        self.branches: set[int] = set()

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        self.classified += len(tiles)
        return np.tile(np.eye(self.num_classes)[self.label], (len(tiles), 1))

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        self.branches.add(branch)
        return tiles.repeat(4, axis=1).repeat(4, axis=2)


def test_routes_where_that_is_faster() -> None:
    runner = Counts()
    plan = decide_fastest(IMAGE, runner, geometry=GEOMETRY, seconds=CHEAP)
    assert (plan.classes == 0).all()
    assert runner.classified == len(plan.tiling)
    assert CHEAP.of_regions(plan.regions) < 9e-7 * IMAGE[:, :, 0].size


@pytest.mark.parametrize("height", [20, 200])
def test_is_the_plain_network_where_that_is_faster(
    height: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("classsr"), "propagate", True)
    runner, image = Counts(), IMAGE[:height]
    slow = Seconds(classifier=1e-3, windows=CHEAP.windows)
    with caplog.at_level(logging.DEBUG, logger="classsr"):
        plan = decide_fastest(image, runner, geometry=GEOMETRY, seconds=slow)
    assert runner.classified == min(16, len(plan.tiling))
    assert (plan.classes == 2).all()
    assert "plain network, predicted to take 0.0" in caplog.text
    result = np.empty((4 * height, 1200, 3), dtype=np.uint8)
    run_plan(plan, runner, result=result)
    assert runner.branches == {2}
    np.testing.assert_array_equal(result, image.repeat(4, axis=0).repeat(4, axis=1))


def test_hard_tiles_everywhere_are_the_plain_network() -> None:
    plan = decide_fastest(IMAGE, Counts(label=2), geometry=GEOMETRY, seconds=CHEAP)
    assert len(plan.regions) == 1  # a band, not joined tiles


def test_a_class_that_costs_no_less_than_a_better_one_is_passed_over() -> None:
    np.testing.assert_array_equal(undominated(np.array([1.0, 2, 3])), [0, 1, 2])
    np.testing.assert_array_equal(undominated(np.array([2.0, 2, 3])), [1, 1, 2])
    np.testing.assert_array_equal(undominated(np.array([4.0, 1, 3])), [2, 1, 2])
    even = Seconds(classifier=0, windows=proportional(3e-7, 2e-7, 9e-7))
    plan = decide_fastest(IMAGE, Counts(), geometry=GEOMETRY, seconds=even)
    assert (plan.classes == 1).all()


def test_windows_lie_on_the_curve_that_was_measured() -> None:
    curve = ((100, 1.0), (200, 1.5), (400, 2.0))
    found = along(curve, np.array([50, 100, 150, 300, 400, 800]))
    np.testing.assert_allclose(found, [0.5, 1.0, 1.25, 1.75, 2.0, 4.0])


def test_tiles_are_cheaper_in_larger_windows() -> None:
    found = Seconds(0.0, (((36**2, 1.0), (132**2, 4.0)),)).of_tiles
    assert found(GEOMETRY, sides=1) == 1.0
    assert found(GEOMETRY, sides=4) == 4.0 / 16
    assert 0.25 < found(GEOMETRY) < 1.0


def test_works_take_turns_and_their_medians_count(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    durations = iter([0.3, 0.4, 0.1, 0.6, 0.2, 2.0])  # of both works in three rounds
    monkeypatch.setattr(seconds, "timed", lambda work: (next(durations), work()))
    times = seconds.medians({name: partial(order.append, name) for name in "ab"})
    assert order == ["a", "b"] * 4
    assert times == {"a": 0.2, "b": 0.6}


def test_predictions_add_up_windows() -> None:
    _, tiling = tiled(IMAGE, tile=32)
    regions = joined(np.zeros(len(tiling), dtype=int), tiling, GEOMETRY)
    expected = sum(1e-7 * r.shape[0] * r.shape[1] for r in regions)
    assert CHEAP.of_regions(regions) == pytest.approx(expected)


def test_measures_every_part() -> None:
    found = measure_seconds(Counts(), geometry=GEOMETRY)
    assert found.classifier > 0
    assert [len(curve) for curve in found.windows] == [3, 3, 4]
    assert all(curve == tuple(sorted(curve)) for curve in found.windows)
    assert (found.of_tiles(GEOMETRY) > 0).all()


def test_windows_are_measured_in_calls_as_large_as_those_of_an_image() -> None:
    calls: set[tuple[int, ...]] = set()

    class Watched(Counts):
        def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
            calls.add(tiles.shape[:3])
            return super().run_branch(tiles, branch)

    measure_seconds(Watched(), geometry=GEOMETRY)
    assert {(14, 36, 32), (3, 68, 64), (1, 132, 128)} <= calls


def test_is_measured_once_and_again_where_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    model = tmp_path / "model.safetensors"
    model.write_bytes(b"weights")
    runner = Counts()

    def ask(precision: str = "float32") -> Seconds:
        return cached_seconds(runner, geometry=GEOMETRY, model=model, precision=precision)[0]

    monkeypatch.setattr(seconds_cache, "processor_time", iter([0.0, 0.0]).__next__)
    busy = ask()  # while others had the machine
    monkeypatch.setattr(seconds_cache, "processor_time", itertools.count(0.0, 1e9).__next__)
    assert ask() == busy
    monkeypatch.setattr(seconds_cache.time, "time", lambda: 2e10)  # much later
    first = ask()
    assert first != busy
    monkeypatch.setattr(seconds_cache, "measure_seconds", lambda runner, geometry: CHEAP)
    assert ask() == first
    assert ask("bfloat16") == CHEAP
    path = cache_file(dependencies(runner, geometry=GEOMETRY, model=model, precision="float32"))
    path.write_text("{half of a fi")
    assert ask() == CHEAP
    model.write_bytes(b"other weights")
    assert len(list((tmp_path / "cache" / "classsr").iterdir())) == 2
    assert ask() == CHEAP
    assert len(list((tmp_path / "cache" / "classsr").iterdir())) == 3


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(seconds_cache, "measure_seconds", lambda runner, geometry: CHEAP)
    found, _ = cached_seconds(
        Counts(), geometry=GEOMETRY, model=tmp_path / "file", precision="auto"
    )
    assert found == CHEAP
