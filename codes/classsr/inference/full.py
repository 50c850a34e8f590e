"""The `full` protocol: every pixel of an image of any size, in regions of one class.

The classes are decided tile by tile, as the classifier was trained.  Neighbouring tiles of one
class are joined into regions; each sees `halo` pixels around it, and they fade into each other
over `blend` pixels on either side of where they meet.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby

import numpy as np

from classsr.inference.blending import Canvas
from classsr.inference.regions import Region, join
from classsr.inference.routing import Router, most_probable
from classsr.inference.tiles import Restored, classify, to_batch
from classsr.inference.tiling import Tiling, cut_tiles, full_tiling
from classsr.runtime.runner import Runner
from classsr.system.threads import in_parallel

STRIP_VALUES = 2**25  # float32 values of the HR image in a strip, 128 MiB


@dataclass(frozen=True)
class Geometry:
    """How regions are formed; lengths in LR pixels, 1 <= blend <= halo <= tile / 2.

    limit: tiles on each side that a region has at most.
    batch_size: tiles, or as much area, that run at once; with `limit` it bounds the memory. None
        for         what suits the runner.
    """

    tile: int = 32
    halo: int = 2
    blend: int = 2
    limit: int = 4
    batch_size: int | None = None


@dataclass(frozen=True)
class Plan:
    """An image whose classes are decided.

    image: RGB (H, W, 3), uint8 or uint16, at least one tile high and wide.
    height, width: of the part of it that is wanted.
    classes: the class of each tile, 0 the simplest, in the order of `tiling.origins`.
    scale: enlargement.
    """

    image: np.ndarray
    height: int
    width: int
    tiling: Tiling
    classes: np.ndarray
    geometry: Geometry
    scale: int

    @cached_property
    def strips(self) -> list[list[Region]]:
        """The regions, in strips of as many rows of tiles as `STRIP_VALUES` allows.

        Where that is more than a region's limit, it is a multiple of it, so that few are cut short.
        """
        size, geometry = self.image.shape[:2], self.geometry
        grid = self.classes.reshape(len(self.tiling.tops), len(self.tiling.lefts))
        rows = max(1, STRIP_VALUES // (3 * self.scale**2 * geometry.tile * size[1]))
        rows -= rows % geometry.limit if rows > geometry.limit else 0
        return [
            join(
                grid[first : first + rows],
                first=first,
                tile=geometry.tile,
                halo=geometry.halo,
                limit=geometry.limit,
                size=size,
            )
            for first in range(0, len(grid), rows)
        ]

    def computed_pixels(self, *, num_classes: int) -> np.ndarray:
        """LR pixels that go through each branch, halos included, int64 (num_classes,)."""
        computed = np.zeros(num_classes, dtype=np.int64)
        for region in chain.from_iterable(self.strips):
            computed[region.branch] += math.prod(region.shape)
        return computed


def full_protocol(
    image: np.ndarray,
    runner: Runner,
    *,
    geometry: Geometry = Geometry(),
    route: Router = most_probable,
) -> Restored:
    """Super-resolve every pixel of an RGB image (H, W, 3), uint8 or uint16, of any size.

    The whole result is held in float32; `decide` and `restore_strips` do with less memory.
    """
    plan = decide(image, runner, geometry=geometry, route=route)
    return restore_plan(plan, runner)


def decide(
    image: np.ndarray, runner: Runner, *, geometry: Geometry, route: Router = most_probable
) -> Plan:
    """Classify all tiles of an RGB image (H, W, 3), uint8 or uint16, of any size.

    What a smaller image lacks to a whole tile is mirrored at its right and bottom edge, because
    classifier and branches have been trained on whole tiles.
    """
    height, width = image.shape[:2]
    tile = geometry.tile
    lacking = [(0, max(tile - length, 0)) for length in (height, width)]
    padded = np.pad(image, (*lacking, (0, 0)), mode="symmetric")
    tiling = full_tiling(*padded.shape[:2], tile=tile)
    logits = classify(
        cut_tiles(padded, tiling), runner, batch_size=geometry.batch_size or runner.batch_size
    )
    return Plan(padded, height, width, tiling, route(logits), geometry, runner.scale)


def restore_plan(plan: Plan, runner: Runner) -> Restored:
    """Super-resolve an image whose classes are decided."""
    height = plan.image.shape[0]
    canvas = Canvas(plan.image.shape[:2], scale=plan.scale, blend=plan.geometry.blend)
    canvas.extend(height)  # all of it at once: to put strips together would copy it
    for _, regions, restored in _restore(plan, runner):
        canvas.add(regions, restored)
    image = canvas.take(height)[: plan.scale * plan.height, : plan.scale * plan.width]
    computed = plan.computed_pixels(num_classes=runner.num_classes)
    return Restored(image, plan.tiling, plan.classes, computed)


def restore_strips(
    plan: Plan, runner: Runner, *, progress: Callable[[int], object] | None = None
) -> Iterator[np.ndarray]:
    """Super-resolve from top to bottom, in strips that bound the memory.

    progress: called now and then with the number of LR pixels restored since; the numbers sum to
        the area of `plan.image`.
    Yields float32 RGB (h, scale * W, 3) on 0..255, one strip below the other.
    """
    canvas = Canvas(plan.image.shape[:2], scale=plan.scale, blend=plan.geometry.blend)
    for number, strip in groupby(_restore(plan, runner), key=lambda part: part[0]):
        bottom = max(region.rows[1] for region in plan.strips[number])
        canvas.extend(bottom)
        for _, regions, restored in strip:
            canvas.add(regions, restored)
            if progress is not None:
                progress(sum(region.area for region in regions))
        yield canvas.take(bottom)[: plan.scale * plan.height, : plan.scale * plan.width]


def _restore(plan: Plan, runner: Runner) -> Iterator[tuple[int, list[Region], np.ndarray]]:
    """The number of a strip, some of its regions, and what became of their windows.

    The strips' jobs are one stream, so that no core waits while a strip is put together.
    """
    area = (plan.geometry.batch_size or runner.batch_size) * plan.geometry.tile**2

    def run(job: tuple[int, list[Region]]) -> np.ndarray:
        _, regions = job
        windows = np.stack([region.cut(plan.image) for region in regions])
        restored = runner.run_branch(to_batch(windows), regions[0].branch)
        return np.clip(restored, 0, 1, out=restored)  # here, where it is in the caches

    jobs = (
        (number, batch)
        for number, regions in enumerate(plan.strips)
        for batch in batches(regions, area=area)
    )
    for (number, regions), restored in in_parallel(run, jobs, workers=runner.streams):
        yield number, regions, restored


def batches(regions: Iterable[Region], *, area: int) -> Iterator[list[Region]]:
    """Group regions of one branch whose windows have one shape, up to an area in LR pixels.

    The branches come one after the other, so that each has the caches for itself, and long jobs
    before short ones, so that all cores end at the same time.
    """
    groups: dict[tuple[int, tuple[int, int]], list[Region]] = defaultdict(list)
    for region in regions:
        groups[region.branch, region.shape].append(region)
    for branch, shape in sorted(groups, key=lambda key: (key[0], math.prod(key[1])), reverse=True):
        group = groups[branch, shape]
        number = max(1, area // math.prod(shape))
        for start in range(0, len(group), number):
            yield group[start : start + number]
