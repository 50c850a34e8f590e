"""The `full` protocol: every pixel of an image of any size, in regions of one class.

The classes are decided tile by tile, as the classifier was trained.  Neighbouring tiles of one
class are joined into regions, and each sees `halo` pixels around it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from classsr.arrays import Classes, IntegerImage
from classsr.inference.flat import keep_flat
from classsr.inference.regions import Region, bands, join
from classsr.inference.routing import Router, most_probable
from classsr.inference.run_tiles import Restored, classify
from classsr.inference.tile_grid import Tiling, cut_tiles, full_tiling
from classsr.runtime.pixels import to_batch
from classsr.runtime.runner import Runner
from classsr.system.threads import each_in_parallel

STRIP_PIXELS = 2**21  # LR pixels; their result at four times the size takes 100 MB in 8 bits


@dataclass(frozen=True)
class Geometry:
    """How regions are formed; lengths in LR pixels, halo <= tile / 2.

    limit: tiles on each side that a region has at most.
    batch_size: tiles, or as much area, that run at once; with `limit` it bounds the memory. None
        for as much as the largest region has, or what suits the runner if that is more.
    """

    tile: int = 32
    halo: int = 2
    limit: int = 4
    batch_size: int | None = None

    @property
    def band(self) -> tuple[int, int]:
        """LR pixels along a band of the plain network at most: eight of the largest regions."""
        return 2 * self.limit * self.tile, 4 * self.limit * self.tile

    def tiles_in_a_call(self, runner: Runner) -> int:
        """Tiles, or as much area, that a branch computes at once."""
        return self.batch_size or max(runner.batch_size, self.limit**2)


@dataclass(frozen=True)
class Plan:
    """An image whose classes are decided.

    image: RGB (H, W, 3), uint8 or uint16, at least one tile high and wide.
    height, width: of the part of it that is wanted.
    classes: the class of each tile, 0 the simplest, in the order of `tiling.origins`.
    regions: what is computed; together they cover the image once.
    """

    image: IntegerImage
    height: int
    width: int
    tiling: Tiling
    classes: Classes
    regions: list[Region]
    geometry: Geometry

    def computed_pixels(self, *, num_classes: int) -> np.ndarray:
        """LR pixels that go through each branch, halos included, int64 (num_classes,)."""
        computed = np.zeros(num_classes, dtype=np.int64)
        for region in self.regions:
            computed[region.branch] += math.prod(region.shape)
        return computed


def full_protocol(
    image: IntegerImage,
    runner: Runner,
    *,
    geometry: Geometry = Geometry(),
    route: Router = most_probable,
) -> Restored:
    """Super-resolve every pixel of an RGB image (H, W, 3), uint8 or uint16, of any size."""
    return restore_plan(decide(image, runner, geometry=geometry, route=route), runner)


def decide(
    image: IntegerImage, runner: Runner, *, geometry: Geometry, route: Router = most_probable
) -> Plan:
    """Classify all tiles of an RGB image (H, W, 3), uint8 or uint16, of any size."""
    height, width = image.shape[:2]
    image, tiling = tiled(image, tile=geometry.tile)
    tiles = cut_tiles(image, tiling)
    classes = route(classify(tiles, runner, batch_size=geometry.batch_size))
    return Plan(image, height, width, tiling, classes, joined(classes, tiling, geometry), geometry)


def tiled(image: np.ndarray, *, tile: int) -> tuple[np.ndarray, Tiling]:
    """An image of at least one tile, and its tiles.

    What a smaller one lacks to a whole tile is mirrored at its right and bottom edge, because
    classifier and branches have been trained on whole tiles.
    """
    lacking = [(0, max(tile - length, 0)) for length in image.shape[:2]]
    padded = np.pad(image, (*lacking, (0, 0)), mode="symmetric")
    return padded, full_tiling(*padded.shape[:2], tile=tile)


def plain(image: np.ndarray, runner: Runner, geometry: Geometry) -> Plan:
    """The whole of an image through the widest branch, in bands, without a classifier."""
    height, width = image.shape[:2]
    image, tiling = tiled(image, tile=geometry.tile)
    widest = runner.num_classes - 1
    regions = bands(
        widest,
        number=max(1, runner.streams - 1),
        most=geometry.band,
        halo=geometry.halo,
        size=tiling.covered,
    )
    return Plan(image, height, width, tiling, np.full(len(tiling), widest), regions, geometry)


def one_branch(image: np.ndarray, branch: int, geometry: Geometry) -> Plan:
    """All tiles of an image through one branch, joined."""
    height, width = image.shape[:2]
    image, tiling = tiled(image, tile=geometry.tile)
    classes = np.full(len(tiling), branch)
    return Plan(image, height, width, tiling, classes, joined(classes, tiling, geometry), geometry)


def joined(classes: np.ndarray, tiling: Tiling, geometry: Geometry) -> list[Region]:
    """The regions of the classes of an image's tiles, strip by strip (see `strip_rows`)."""
    rows = strip_rows(tiling.covered[1], tile=geometry.tile, limit=geometry.limit)
    number = math.ceil(len(tiling.tops) / rows)
    strips = (strip(classes, tiling, geometry, place) for place in range(number))
    return list(chain.from_iterable(strips))


def strip(classes: np.ndarray, tiling: Tiling, geometry: Geometry, number: int) -> list[Region]:
    """The regions of one strip of the image."""
    grid = classes.reshape(len(tiling.tops), len(tiling.lefts))
    rows = strip_rows(tiling.covered[1], tile=geometry.tile, limit=geometry.limit)
    return join(
        grid[number * rows : (number + 1) * rows],
        first=number * rows,
        tile=geometry.tile,
        halo=geometry.halo,
        limit=geometry.limit,
        size=tiling.covered,
    )


def strip_rows(width: int, *, tile: int, limit: int) -> int:
    """Rows of tiles in a strip of an image: no region crosses from one strip into the next.

    So an image that is read in strips has the same regions as one in memory. A strip has about
    `STRIP_PIXELS`; where that is more than a region's limit, it is a multiple of it, so that few
    regions are cut short.
    """
    rows = max(1, STRIP_PIXELS // (tile * width))
    return rows - (rows % limit if rows > limit else 0)


def restore_plan(plan: Plan, runner: Runner) -> Restored:
    """Super-resolve an image whose classes are decided, in float32."""
    planes = np.empty((3, runner.scale * plan.height, runner.scale * plan.width), dtype=np.float32)
    run_plan(plan, runner, result=planes.transpose(1, 2, 0))
    computed = plan.computed_pixels(num_classes=runner.num_classes)
    area = plan.height * plan.width
    return Restored(planes.transpose(1, 2, 0), plan.tiling, plan.classes, computed, area)


def run_plan(
    plan: Plan,
    runner: Runner,
    *,
    result: np.ndarray,
    flat: np.ndarray | None = None,
    progress: Callable[[int], object] = lambda pixels: None,
) -> None:
    """Super-resolve an image whose classes are decided into an array.

    An 8-bit image with an 8-bit result never becomes float outside of the networks.

    result: (scale * height, scale * width, 3), or less at the bottom, or without channels for
        their mean; uint8, uint16, or float32 on 0..255.
    flat: weights of the pixels' own colours (see `inference.flat`); None leaves what the network
        gives.
    progress: called from time to time with the LR pixels restored since the last call; they sum to
        the area of `plan.image`.
    """
    area = plan.geometry.tiles_in_a_call(runner) * plan.geometry.tile**2
    in_bytes = plan.image.dtype == result.dtype == np.uint8 and result.ndim == 3

    def run(regions: list[Region]) -> None:
        windows = np.stack([region.cut(plan.image) for region in regions])
        branch = regions[0].branch
        if in_bytes:
            restored = runner.run_branch(windows, branch)
        else:
            restored = levels(runner.run_branch(to_batch(windows), branch), like=result)
        for region, window in zip(regions, restored, strict=True):
            region.paste(window, result, scale=runner.scale)
            if flat is not None:
                keep_flat(result, plan.image, flat, region, scale=runner.scale)

    jobs = batches(plan.regions, area=area)
    for regions in each_in_parallel(run, jobs, workers=runner.streams):
        progress(sum(region.area for region in regions))


def levels(restored: np.ndarray, *, like: np.ndarray) -> np.ndarray:
    """Network output (N, 3, H, W) in [0, 1] as `like` has it: (N, H, W, 3), or (N, H, W) of means.

    The input is used up.
    """
    white = np.iinfo(like.dtype).max if like.dtype != np.float32 else 255
    np.clip(restored, 0, 1, out=restored)
    restored *= np.float32(white)
    if like.ndim == 2:
        restored = restored.mean(axis=1)
    if like.dtype != np.float32:
        np.rint(restored, out=restored)
    return restored if like.ndim == 2 else restored.transpose(0, 2, 3, 1)


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
