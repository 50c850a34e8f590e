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
from typing import Protocol

import numpy as np

from classsr.inference.blending import Canvas
from classsr.inference.regions import Region, join
from classsr.inference.routing import Router, most_probable
from classsr.inference.tiles import Restored, classify_batches, to_batch
from classsr.inference.tiling import Tiling, full_tiling
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


class Rows(Protocol):
    """An RGB image that is read in rows: an array in memory, or what a file holds.

    shape: (H, W, 3).
    """

    shape: tuple[int, ...]

    def read(self, top: int, bottom: int) -> np.ndarray:
        """The rows from `top` to before `bottom`: uint8, uint16, or float32 in [0, 1]."""
        ...


class ArrayRows:
    """An image in memory."""

    def __init__(self, image: np.ndarray) -> None:
        self.shape = image.shape
        self._image = image

    def read(self, top: int, bottom: int) -> np.ndarray:
        """See `Rows.read`; a view."""
        return self._image[top:bottom]


@dataclass(frozen=True)
class Plan:
    """An image whose classes are decided.

    image: RGB, at least one tile high and wide.
    height, width: of the part of it that is wanted.
    classes: the class of each tile, 0 the simplest, in the order of `tiling.origins`.
    scale: enlargement.
    """

    image: Rows
    height: int
    width: int
    tiling: Tiling
    classes: np.ndarray
    geometry: Geometry
    scale: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of `image`."""
        height, width = self.image.shape[:2]
        return height, width

    @cached_property
    def strip_rows(self) -> int:
        """Rows of tiles in a strip, as many as `STRIP_VALUES` allows.

        Where that is more than a region's limit, it is a multiple of it, so that few are cut short.
        """
        limit, tile = self.geometry.limit, self.geometry.tile
        rows = max(1, STRIP_VALUES // (3 * self.scale**2 * tile * self.size[1]))
        return rows - (rows % limit if rows > limit else 0)

    @property
    def num_strips(self) -> int:
        """How many strips cover the image."""
        return math.ceil(len(self.tiling.tops) / self.strip_rows)

    def strip_bottom(self, number: int) -> int:
        """The LR row below a strip; 0 for number -1."""
        return min((number + 1) * self.strip_rows * self.geometry.tile, self.size[0])

    def finished(self, number: int) -> int:
        """The LR row above which a strip and those over it leave nothing to do; 0 for -1."""
        bottom = self.strip_bottom(number)
        return bottom if bottom in (0, self.size[0]) else bottom - self.geometry.blend

    def strip(self, number: int) -> list[Region]:
        """The regions of a strip."""
        grid = self.classes.reshape(len(self.tiling.tops), len(self.tiling.lefts))
        first = number * self.strip_rows
        return join(
            grid[first : first + self.strip_rows],
            first=first,
            tile=self.geometry.tile,
            halo=self.geometry.halo,
            limit=self.geometry.limit,
            size=self.size,
        )

    @cached_property
    def strips(self) -> list[list[Region]]:
        """The regions of all strips."""
        return [self.strip(number) for number in range(self.num_strips)]

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
    plan = decide(ArrayRows(image), runner, geometry=geometry, route=route)
    return restore_plan(plan, runner)


def decide(
    image: Rows, runner: Runner, *, geometry: Geometry, route: Router = most_probable
) -> Plan:
    """Classify all tiles of an RGB image of any size."""
    padded = at_least_a_tile(image, tile=geometry.tile)
    tiling = full_tiling(*padded.shape[:2], tile=geometry.tile)
    size = geometry.batch_size or runner.batch_size
    logits = classify_batches(tile_batches(padded, tiling, size=size), runner)
    height, width = image.shape[:2]
    return Plan(padded, height, width, tiling, route(logits), geometry, runner.scale)


def at_least_a_tile(image: Rows, *, tile: int) -> Rows:
    """What a smaller image lacks to a whole tile is mirrored at its right and bottom edge.

    Classifier and branches have been trained on whole tiles.
    """
    height, width = image.shape[:2]
    lacking = [(0, max(tile - length, 0)) for length in (height, width)]
    if lacking == [(0, 0), (0, 0)]:
        return image
    return ArrayRows(np.pad(image.read(0, height), (*lacking, (0, 0)), mode="symmetric"))


def tile_batches(image: Rows, tiling: Tiling, *, size: int) -> Iterator[np.ndarray]:
    """The tiles, in the order of `tiling.origins`, in batches for the classifier (N, H, W, 3).

    size: tiles that run at once in a branch; the classifier, whose features have a sixteenth of
        the positions, takes four times as many.
    """
    waiting: list[np.ndarray] = []
    for top in tiling.tops:
        rows = image.read(top, top + tiling.tile)
        waiting += [rows[:, left : left + tiling.tile] for left in tiling.lefts]
        while len(waiting) >= 4 * size:
            yield np.stack(waiting[: 4 * size])
            del waiting[: 4 * size]
    if waiting:
        yield np.stack(waiting)


def restore_plan(plan: Plan, runner: Runner) -> Restored:
    """Super-resolve an image whose classes are decided."""
    height = plan.size[0]
    canvas = Canvas(plan.size, scale=plan.scale, blend=plan.geometry.blend)
    canvas.extend(height)  # all of it at once: to put strips together would copy it
    for _, regions, restored in _restore(plan, runner, enumerate(plan.strips)):
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
    return _strips(plan, runner, enumerate(plan.strips), first=0, wanted=0, progress=progress)


def restore_range(
    plan: Plan,
    runner: Runner,
    *,
    first: int,
    last: int,
    progress: Callable[[int], object] | None = None,
) -> Iterator[np.ndarray]:
    """The strips from `first` to before `last` as `restore_strips` yields them, bit for bit.

    The strip above is computed too, because it fades into the first. Strip n holds the LR rows
    from `plan.finished(n - 1)` to `plan.finished(n)`. No strip is kept.
    """
    begin = max(first - 1, 0)
    numbered = ((number, plan.strip(number)) for number in range(begin, last))
    return _strips(plan, runner, numbered, first=begin, wanted=first, progress=progress)


def _strips(
    plan: Plan,
    runner: Runner,
    numbered: Iterable[tuple[int, list[Region]]],
    *,
    first: int,
    wanted: int,
    progress: Callable[[int], object] | None,
) -> Iterator[np.ndarray]:
    """Strips from `first` on, of which those from `wanted` on are yielded and told."""
    canvas = Canvas(
        plan.size, scale=plan.scale, blend=plan.geometry.blend, top=plan.finished(first - 1)
    )
    for number, parts in groupby(_restore(plan, runner, numbered), key=lambda part: part[0]):
        bottom = plan.strip_bottom(number)
        canvas.extend(bottom)
        for _, regions, restored in parts:
            canvas.add(regions, restored)
            if progress is not None and number >= wanted:
                progress(sum(region.area for region in regions))
        rows = canvas.take(bottom)[: plan.scale * plan.height, : plan.scale * plan.width]
        if number >= wanted:
            yield rows


def _restore(
    plan: Plan, runner: Runner, strips: Iterable[tuple[int, list[Region]]]
) -> Iterator[tuple[int, list[Region], np.ndarray]]:
    """The number of a strip, some of its regions, and what became of their windows.

    The strips' jobs are one stream, so that no core waits while a strip is put together. The
    calling thread alone reads the image.
    """
    area = (plan.geometry.batch_size or runner.batch_size) * plan.geometry.tile**2

    def run(job: tuple[int, list[Region], np.ndarray, int]) -> np.ndarray:
        _, regions, rows, top = job
        windows = np.stack([region.cut(rows, top=top) for region in regions])
        restored = runner.run_branch(to_batch(windows), regions[0].branch)
        return np.clip(restored, 0, 1, out=restored)  # here, where it is in the caches

    def jobs() -> Iterator[tuple[int, list[Region], np.ndarray, int]]:
        for number, regions in strips:
            top = min(region.window_rows[0] for region in regions)
            rows = plan.image.read(top, max(region.window_rows[1] for region in regions))
            for batch in batches(regions, area=area):
                yield number, batch, rows, top

    for (number, regions, _, _), restored in in_parallel(run, jobs(), workers=runner.streams):
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
