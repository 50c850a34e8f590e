"""Score a protocol on image pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from classsr.arrays import IntegerImage
from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.evaluation.metrics import psnr, ssim
from classsr.images.channels import luma
from classsr.images.resize import imresize
from classsr.images.rgb import to_float
from classsr.inference.run_tiles import Restored
from classsr.inference.usage import flops_of
from classsr.models.cost import Cost, NetworkCost
from classsr.system.clock import timed
from classsr.system.distributed import gather_in_order, shard_indices

# Super-resolves an LR image: a protocol with its runner and settings.
Protocol = Callable[[IntegerImage], Restored]


@dataclass(frozen=True)
class Score:
    """One image, or the mean over a data set.

    psnr, psnr_y, bicubic: dB; ssim, ssim_y: at most 1, on RGB and on Y.
    tiles: how many went to each class, simple to hard.
    flops: mean FLOPs of a tile under both conventions (see `image_flops`).
    full: those of the widest branch on every tile.
    seconds: from decoded image to merged result.
    """

    name: str
    psnr: float
    psnr_y: float
    ssim: float
    ssim_y: float
    bicubic: float
    tiles: tuple[float, ...]
    flops: Cost
    full: Cost
    seconds: float


def evaluate(
    pairs: PairFolder,
    protocol: Protocol,
    cost: NetworkCost,
    *,
    crop_border: int,
    keep: Callable[[str, Restored], None] | None = None,
) -> Iterator[Score | ClassSRError]:
    """Score each pair of this process's share in turn (see `system.distributed`).

    A pair that cannot be read or tested gives its error in place of its score.

    crop_border: HR pixels that are left out on each side.
    keep: called with the name and the result of each image, as to write it.
    """
    for index in shard_indices(len(pairs)):
        name = pairs.names[index]
        try:
            lr, hr = pairs[index]
            seconds, restored = timed(partial(protocol, lr))
            score = score_image(
                name, lr, hr, restored, cost, crop_border=crop_border, seconds=seconds
            )
        except ClassSRError as error:
            yield error
            continue
        except MemoryError:
            yield ClassSRError(f"{name}: too large for the memory; cut the pair into parts")
            continue
        if keep is not None:
            keep(name, restored)
        yield score


def validation_psnr(pairs: PairFolder, protocol: Protocol, *, crop_border: int) -> float:
    """Mean RGB PSNR in dB of a data set, whose images the processes share."""
    values = []
    for index in shard_indices(len(pairs)):
        lr, hr = pairs[index]
        values.append(psnr_of(protocol(lr), hr, crop_border=crop_border))
    return float(np.mean(gather_in_order(values, len(pairs))))


def psnr_of(restored: Restored, hr: np.ndarray, *, crop_border: int) -> float:
    """RGB PSNR in dB of a result against the ground truth (scale * h, scale * w, 3)."""
    return psnr(restored.image, crop_ground_truth(hr, restored), crop_border=crop_border)


def crop_ground_truth(hr: np.ndarray, restored: Restored) -> np.ndarray:
    """The part of the ground truth that the tiles cover, float32 on 0..255."""
    height, width = restored.image.shape[:2]
    return to_float(hr[:height, :width]) * 255


def score_image(
    name: str,
    lr: np.ndarray,
    hr: np.ndarray,
    restored: Restored,
    cost: NetworkCost,
    *,
    crop_border: int,
    seconds: float,
) -> Score:
    """Score one result against its ground truth, and bicubic interpolation beside it."""
    expected = crop_ground_truth(hr, restored)
    interpolated = crop_ground_truth(imresize(lr, size=hr.shape[:2]), restored)
    sr_y, hr_y = luma(restored.image), luma(expected)
    flops, full = flops_of(restored, cost)
    return Score(
        name=name,
        psnr=psnr(restored.image, expected, crop_border=crop_border),
        psnr_y=psnr(sr_y, hr_y, crop_border=crop_border),
        ssim=ssim(restored.image, expected, crop_border=crop_border),
        ssim_y=ssim(sr_y, hr_y, crop_border=crop_border),
        bicubic=psnr(interpolated, expected, crop_border=crop_border),
        tiles=tuple(np.bincount(restored.classes, minlength=len(cost.branches)).tolist()),
        flops=flops,
        full=full,
        seconds=seconds,
    )


def mean_score(scores: list[Score]) -> Score:
    """The mean over the images of a data set; tiles and seconds are summed."""
    means = {
        name: float(np.mean([getattr(s, name) for s in scores]))
        for name in ("psnr", "psnr_y", "ssim", "ssim_y", "bicubic")
    }
    return Score(
        name="average",
        **means,
        tiles=tuple(np.sum([s.tiles for s in scores], axis=0).tolist()),
        flops=sum((s.flops for s in scores), Cost()) * (1 / len(scores)),
        full=scores[0].full,
        seconds=sum(s.seconds for s in scores),
    )
