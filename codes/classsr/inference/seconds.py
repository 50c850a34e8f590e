"""What the parts of the `full` protocol take on this machine, and what an image will take."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from classsr.inference.full_protocol import Geometry, Plan, joined, run_plan, tiled
from classsr.inference.regions import Region
from classsr.inference.run_tiles import classify
from classsr.inference.tile_grid import cut_tiles, full_tiling
from classsr.runtime.runner import Runner
from classsr.system.clock import timed

SIDES = (1, 2)  # tiles of the windows that are measured
ROUNDS, ENOUGH = 8, 1.5  # rounds, or seconds, after which measuring ends; there are at least two


@dataclass(frozen=True)
class Seconds:
    """Seconds while all streams are busy, pasting included.

    classifier: of a tile.
    windows, pixels: of a window in each branch, and of each of its LR pixels besides.
    """

    classifier: float
    windows: tuple[float, ...]
    pixels: tuple[float, ...]

    def of_regions(self, regions: Iterable[Region]) -> float:
        """What the windows of regions take together."""
        return sum(
            self.windows[region.branch] + self.pixels[region.branch] * math.prod(region.shape)
            for region in regions
        )

    def of_tiles(self, geometry: Geometry) -> np.ndarray:
        """What a tile takes in each branch (M,) as one of a window of two by two."""
        area = (2 * geometry.tile + 2 * geometry.halo) ** 2
        return (np.array(self.windows) + area * np.array(self.pixels)) / 4


def measure_seconds(runner: Runner, *, geometry: Geometry) -> Seconds:
    """Time the protocol's own parts on noise, the shortest of some rounds for each.

    The parts take turns, so that what else the machine does for a while meets all of them.
    """
    cores = max(1, runner.streams - 1)
    side = geometry.tile * max(SIDES)
    image = np.random.default_rng(0).integers(0, 256, (side * cores, side, 3), dtype=np.uint8)
    plans = {
        (branch, limit): _one_branch(image, branch, replace(geometry, limit=limit))
        for branch in range(runner.num_classes)
        for limit in SIDES
    }
    works: dict[Hashable, Callable[[], object]] = {
        part: partial(_run, plan, runner) for part, plan in plans.items()
    }
    tiles = cut_tiles(image, full_tiling(*image.shape[:2], tile=geometry.tile))
    if runner.num_classes > 1:
        batch_size = geometry.batch_size or runner.batch_size
        works["classifier"] = partial(classify, tiles, runner, batch_size=batch_size)
    times = shortest(works)

    def point(branch: int, limit: int) -> tuple[float, float]:
        """LR pixels and seconds of a window."""
        regions = plans[branch, limit].regions
        return math.prod(regions[0].shape), times[branch, limit] / len(regions)

    lines = [
        line_through(*(point(branch, limit) for limit in SIDES))
        for branch in range(runner.num_classes)
    ]
    windows, pixels = zip(*lines, strict=True)
    return Seconds(times.get("classifier", 0.0) / len(tiles), windows, pixels)


def _one_branch(image: np.ndarray, branch: int, geometry: Geometry) -> Plan:
    image, tiling = tiled(image, tile=geometry.tile)
    classes = np.full(len(tiling), branch)
    height, width = image.shape[:2]
    regions = joined(classes, tiling, geometry)
    return Plan(image, height, width, tiling, classes, regions, geometry)


def _run(plan: Plan, runner: Runner) -> None:
    size = runner.scale * plan.height, runner.scale * plan.width, 3
    run_plan(plan, runner, result=np.empty(size, dtype=np.uint8))


def shortest(works: dict[Hashable, Callable[[], object]]) -> dict[Hashable, float]:
    """The shortest seconds of each, in turns, after a first run that may have to compile."""
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
    return {name: min(values) for name, values in times.items()}


def line_through(small: tuple[float, float], large: tuple[float, float]) -> tuple[float, float]:
    """Offset and slope of the line through two points (x, y), neither of them negative."""
    slope = (large[1] - small[1]) / (large[0] - small[0])
    slope = min(max(slope, 0.0), large[1] / large[0])
    return large[1] - slope * large[0], slope
