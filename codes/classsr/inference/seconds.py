"""What the parts of the `full` protocol take on this machine, and what an image will take."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from classsr.inference.full_protocol import Geometry, Plan, one_branch, plain, run_plan
from classsr.inference.regions import Region
from classsr.inference.run_tiles import classify
from classsr.inference.tile_grid import cut_tiles, full_tiling
from classsr.runtime.runner import Runner
from classsr.system.clock import timed

SHORT = 0.01  # seconds of a call, below which several are timed together
LONG = 0.1  # seconds of a window or of a call, from which number and size no longer matter
METHOD = "medians of calls as large as those of a picture"  # older measurements are made anew
ROUNDS, ENOUGH = 10, 3.0  # rounds, or seconds, after which measuring ends; at least two rounds

Curve = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Seconds:
    """Seconds while all streams are busy, pasting included.

    classifier: of a tile.
    windows: for each branch (LR pixels, seconds) of windows from small to large.
    """

    classifier: float
    windows: tuple[Curve, ...]

    def of_regions(self, regions: Iterable[Region]) -> float:
        """What the windows of regions take together."""
        areas: dict[int, list[int]] = defaultdict(list)
        for region in regions:
            areas[region.branch].append(math.prod(region.shape))
        found = (along(self.windows[branch], np.array(area)) for branch, area in areas.items())
        return float(sum(seconds.sum() for seconds in found))

    def of_tiles(self, geometry: Geometry, *, sides: float | np.ndarray = 2) -> np.ndarray:
        """What a tile takes in each branch (M,) as one of a square window.

        sides: tiles along the window of each branch (M,), or of all of them.
        """
        sides = np.broadcast_to(sides, len(self.windows))
        areas = (sides * geometry.tile + 2 * geometry.halo) ** 2
        times = [along(*pair) for pair in zip(self.windows, areas, strict=True)]
        return np.array(times) / sides**2


def along(curve: Curve, areas: np.ndarray) -> np.ndarray:
    """Seconds of windows (N,) of some LR pixels: on lines along a curve, outside in proportion."""
    pixels, seconds = np.array(curve).T
    inside = np.clip(areas, pixels[0], pixels[-1])
    return np.interp(inside, pixels, seconds) * areas / inside


def measure_seconds(runner: Runner, *, geometry: Geometry) -> Seconds:
    """Time the protocol's own parts on noise, the median of some rounds for each.

    The parts take turns, so that what else the machine does for a while meets all of them.
    """
    plans = {
        (branch, number): plan
        for branch in range(runner.num_classes)
        for number, plan in enumerate(_plans(branch, runner, geometry=geometry))
    }
    works: dict[Hashable, Callable[[], object]] = {
        part: partial(_run, plan, runner) for part, plan in plans.items()
    }
    batch_size = geometry.batch_size or runner.batch_size
    image = _noise(geometry.tile * 16 * batch_size, geometry.tile * 2 * _cores(runner))
    tiles = cut_tiles(image, full_tiling(*image.shape[:2], tile=geometry.tile))
    if runner.num_classes > 1:
        works["classifier"] = partial(classify, tiles, runner, batch_size=batch_size)
    times = medians(works)
    curves: list[list[tuple[int, float]]] = [[] for _ in range(runner.num_classes)]
    for (branch, number), plan in plans.items():
        seconds = times[branch, number] / len(plan.regions)
        curves[branch].append((math.prod(plan.regions[0].shape), seconds))
    windows = tuple(tuple(sorted(curve)) for curve in curves)
    return Seconds(times.get("classifier", 0.0) / len(tiles), windows)


def _plans(branch: int, runner: Runner, *, geometry: Geometry) -> Iterator[Plan]:
    """Windows of one size each, several at once: from a tile to the largest, or until one is slow.

    The largest are those of a region, for the last branch those of the plain network.
    """
    cores, tile = _cores(runner), geometry.tile
    full = geometry.tiles_in_a_call(runner)
    for side in sorted({1, min(2, geometry.limit), geometry.limit}):
        form = replace(geometry, limit=side, batch_size=full)
        one = one_branch(_noise(tile * side * cores, tile * side), branch, form)
        _run(one, runner)  # may have to compile
        seconds, _ = timed(partial(_run, one, runner))
        together = max(1, full * tile**2 // math.prod(one.regions[0].shape))
        if together * seconds > LONG:
            together = 1
        number = cores * together * math.ceil(SHORT / (together * seconds))
        yield one_branch(_noise(tile * side * number, tile * side), branch, form)
        if seconds > LONG:
            return
    if branch == runner.num_classes - 1:
        high, wide = geometry.band
        yield plain(_noise(high * cores, wide), runner, geometry)


def _cores(runner: Runner) -> int:
    return max(1, runner.streams - 1)


def _noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _run(plan: Plan, runner: Runner) -> None:
    size = runner.scale * plan.height, runner.scale * plan.width, 3
    run_plan(plan, runner, result=np.empty(size, dtype=np.uint8))


def medians(works: dict[Hashable, Callable[[], object]]) -> dict[Hashable, float]:
    """The median seconds of each, in turns, after a first run that may have to compile."""
    for work in works.values():
        work()
    times: dict[Hashable, list[float]] = {name: [] for name in works}
    total = 0.0
    for number in range(ROUNDS):
        if number >= 2 and total > ENOUGH:
            break
        for name, work in works.items():
            times[name].append(timed(work)[0])
            total += times[name][-1]
    return {name: float(np.median(values)) for name, values in times.items()}
