"""How good a router's choice of tiles is, against other choices of the same class counts.

Every branch restores every tile once; any routing of the image is then put together from these
tiles, exactly as the paper's protocol would have computed it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classsr.evaluation.image_scores import crop_ground_truth
from classsr.evaluation.metrics import psnr
from classsr.evaluation.router_baselines import at_random, by_score, laplacian_energy, least_error
from classsr.inference.run_tiles import Restored, classify, run_branches
from classsr.inference.tile_grid import (
    PAPER_STRIDE,
    PAPER_TILE,
    Tiling,
    coverage,
    cut_tiles,
    merge_tiles,
    paper_tiling,
)
from classsr.inference.usage import flops_of
from classsr.models.cost import Cost, NetworkCost
from classsr.runtime.runner import Runner

SEEDS = range(5)  # of random routing, whose PSNR is their mean
CHOICES = ("classifier", "random", "Laplacian", "oracle")
ARGMAX = "argmax"  # the setting without a budget
ALONE = "every tile"  # the choice where a plain network or one branch takes all
AVERAGE = "average"  # the image of the means


@dataclass(frozen=True)
class StudyPoint:
    """One image, or the mean of all, at one setting under one choice of tiles.

    setting: a budget or `ARGMAX`; the network where one took every tile.
    choice: one of `CHOICES`, or `ALONE`.
    tiles: how many went to each class, summed in the mean; flops: see `usage.image_flops`.
    psnr: RGB, dB.
    """

    image: str
    setting: str
    choice: str
    tiles: tuple[int, ...]
    flops: Cost
    psnr: float


@dataclass(frozen=True)
class EveryBranch:
    """The tiles of an image through every branch.

    lr: RGB (h, w, 3); logits: (N, M).
    tiles: uint8 (M, N, scale * tile, scale * tile, 3), in the order of `tiling.origins`.
    """

    lr: np.ndarray
    tiling: Tiling
    scale: int
    logits: np.ndarray
    tiles: np.ndarray

    def routed(self, classes: np.ndarray) -> Restored:
        """What `paper_protocol` gives where these are the classes (N,)."""
        parts = (
            (np.array([place]), self.tiles[branch, place][None])
            for place, branch in enumerate(classes)
        )
        merged = merge_tiles(parts, self.tiling, scale=self.scale)
        computed = np.bincount(classes, minlength=len(self.tiles)) * self.tiling.tile**2
        area = math.prod(self.tiling.covered)
        return Restored(merged, self.tiling, classes, computed, area)

    def errors(self, expected: np.ndarray, *, crop_border: int) -> np.ndarray:
        """The squared error of every tile in each branch (N, M).

        Where tiles overlap, each takes its share; the `crop_border` pixels that PSNR leaves out on
        each side do not count.
        expected: float32 on 0..255, of the size of the merged image.
        """
        height, width = expected.shape[:2]
        inside = np.s_[crop_border : height - crop_border, crop_border : width - crop_border]
        weight = np.zeros((height, width), dtype=np.float32)
        weight[inside] = 1 / coverage(self.tiling, scale=self.scale)[inside]
        size = self.scale * self.tiling.tile
        errors = np.empty(self.logits.shape)
        for place, origin in enumerate(self.tiling.origins):
            top, left = (self.scale * length for length in origin)
            area = np.s_[top : top + size, left : left + size]
            difference = self.tiles[:, place] - expected[area]
            errors[place] = np.einsum("mhwc,hw->m", np.square(difference), weight[area])
        return errors


def through_every_branch(
    lr: np.ndarray,
    runner: Runner,
    *,
    tile: int = PAPER_TILE,
    stride: int = PAPER_STRIDE,
    batch_size: int | None = None,
) -> EveryBranch:
    """Restore and classify every tile of an image; arguments as for `paper_protocol`."""
    tiling = paper_tiling(*lr.shape[:2], tile=tile, stride=stride)
    cuts = cut_tiles(lr, tiling)
    size = runner.scale * tile
    planes = np.empty((runner.num_classes, len(cuts), 3, size, size), dtype=np.uint8)
    tiles = planes.transpose(0, 1, 3, 4, 2)  # laid out as networks give them and `merge` likes it
    for branch in range(runner.num_classes):
        for places, restored in run_branches(
            cuts, np.full(len(cuts), branch), runner, batch_size=batch_size
        ):
            tiles[branch, places] = restored
    logits = classify(cuts, runner, batch_size=batch_size)
    return EveryBranch(lr, tiling, runner.scale, logits, tiles)


def compare_routers(
    image: str,
    hr: np.ndarray,
    branches: EveryBranch,
    cost: NetworkCost,
    *,
    names: Sequence[str],
    classes: Mapping[str, np.ndarray],
    crop_border: int,
) -> Iterator[StudyPoint]:
    """Score every branch on all tiles, and routings against baselines.

    image, names: what the points call the image and its branches.
    classes: of the tiles (N,) at each setting.
    hr: the ground truth, RGB (scale * h, scale * w, 3).
    """
    number, num_classes = branches.logits.shape
    everyone = np.zeros(number, dtype=np.int64)
    expected = crop_ground_truth(hr, branches.routed(everyone))

    def point(setting: str, choice: str, *routings: np.ndarray) -> StudyPoint:
        results = [branches.routed(routing) for routing in routings]
        return StudyPoint(
            image=image,
            setting=setting,
            choice=choice,
            tiles=tuple(np.bincount(routings[0], minlength=num_classes).tolist()),
            flops=flops_of(results[0], cost)[0],
            psnr=float(
                np.mean([psnr(r.image, expected, crop_border=crop_border) for r in results])
            ),
        )

    for branch, name in enumerate(names):
        yield point(name, ALONE, everyone + branch)
    energy = laplacian_energy(cut_tiles(branches.lr, branches.tiling))
    errors = branches.errors(expected, crop_border=crop_border)
    for setting, chosen in classes.items():
        counts = np.bincount(chosen, minlength=num_classes)
        yield point(setting, "classifier", chosen)
        yield point(setting, "random", *(at_random(counts, seed=seed) for seed in SEEDS))
        yield point(setting, "Laplacian", by_score(energy, counts))
        yield point(setting, "oracle", least_error(errors, counts))


def mean_points(points: Iterable[StudyPoint]) -> list[StudyPoint]:
    """The mean over the images of each setting and choice, in the order of their first image."""
    groups = defaultdict(list)
    for point in points:
        groups[point.setting, point.choice].append(point)
    return [
        StudyPoint(
            image=AVERAGE,
            setting=setting,
            choice=choice,
            tiles=tuple(np.sum([point.tiles for point in group], axis=0).tolist()),
            flops=sum((point.flops for point in group), Cost()) * (1 / len(group)),
            psnr=float(np.mean([point.psnr for point in group])),
        )
        for (setting, choice), group in groups.items()
    ]


def recovered(*, random: float, chosen: float, oracle: float) -> float | None:
    """The share of the way from random to oracle that a choice goes; None where there is none."""
    return (chosen - random) / (oracle - random) if oracle > random else None
