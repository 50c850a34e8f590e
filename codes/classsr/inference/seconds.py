"""What the parts of the `full` protocol take on this machine, and what an image will take."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from classsr.inference.full import Geometry, Plan, joined, run_plan, tiled
from classsr.inference.regions import Region
from classsr.inference.tiles import classify
from classsr.inference.tiling import cut_tiles
from classsr.runtime.runner import Runner
from classsr.system.clock import timed

SIDES = (1, 2)  # tiles of the windows that are measured
RUNS, ENOUGH = 4, 0.5  # times, or seconds, after which a measurement is not repeated


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
    """Time the protocol's own parts on noise; slow networks run once."""
    cores = max(1, runner.streams - 1)
    side = geometry.tile * max(SIDES)
    noise = np.random.default_rng(0).integers(0, 256, (side * cores, side, 3), dtype=np.uint8)
    image, tiling = tiled(noise, tile=geometry.tile)
    tiles = cut_tiles(image, tiling)
    batch_size = geometry.batch_size or runner.batch_size
    classifier = 0.0
    if runner.num_classes > 1:
        classifier = _shortest(lambda: classify(tiles, runner, batch_size=batch_size)) / len(tiles)
    lines = []
    for branch in range(runner.num_classes):
        classes = np.full(len(tiling), branch)
        points = []
        for limit in SIDES:
            own = Geometry(geometry.tile, geometry.halo, limit, geometry.batch_size)
            regions = joined(classes, tiling, own)
            plan = Plan(image, side * cores, side, tiling, classes, regions, own)
            result = np.empty((runner.scale * side * cores, runner.scale * side, 3), np.uint8)
            seconds = _shortest(partial(run_plan, plan, runner, result=result))
            points.append((math.prod(regions[0].shape), seconds / len(regions)))
        lines.append(line_through(*points))
    windows, pixels = zip(*lines, strict=True)
    return Seconds(classifier, windows, pixels)


def line_through(small: tuple[float, float], large: tuple[float, float]) -> tuple[float, float]:
    """Offset and slope of the line through two points (x, y), neither of them negative."""
    slope = (large[1] - small[1]) / (large[0] - small[0])
    slope = min(max(slope, 0.0), large[1] / large[0])
    return large[1] - slope * large[0], slope


def _shortest(run: Callable[[], object]) -> float:
    """The shortest time of some runs after a first one, which may have to compile."""
    times: list[float] = []
    run()
    while len(times) < RUNS and sum(times) < ENOUGH:
        times.append(timed(run)[0])
    return min(times)
