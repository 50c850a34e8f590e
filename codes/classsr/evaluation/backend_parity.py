"""How far two runners of one network agree on image pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classsr.data.paired_folder import PairFolder
from classsr.evaluation.image_scores import psnr_of
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.run_tiles import classify
from classsr.inference.tile_grid import cut_tiles, paper_tiling
from classsr.runtime.pixels import to_batch
from classsr.runtime.runner import Runner

CLEAR = 1e-3  # margin of logits below which another class is no disagreement


@dataclass(frozen=True)
class Agreement:
    """A runner against a reference on a data set, under the paper's protocol.

    psnr, reference: RGB in dB, means over the images.
    largest: difference of a value that a branch gives, on [0, 1].
    differing: tiles of another class although the reference was clear; tiles: of how many.
    """

    psnr: float
    reference: float
    largest: float
    differing: int
    tiles: int


def compare_backends(
    pairs: PairFolder, runner: Runner, reference: Runner, *, crop_border: int
) -> Agreement:
    """Compare two runners of a ClassSR; both restore each tile in the reference's branch.

    crop_border: HR pixels that are left out on each side for PSNR.
    """
    scores, largest, differing, number = [], 0.0, 0, 0
    for lr, hr in pairs:
        results = [paper_protocol(lr, each) for each in (runner, reference)]
        scores.append([psnr_of(result, hr, crop_border=crop_border) for result in results])
        tiles = cut_tiles(lr, paper_tiling(*lr.shape[:2]))
        logits = np.sort(classify(tiles, reference), axis=1)
        clear = logits[:, -1] - logits[:, -2] > CLEAR
        differing += int(np.sum(clear & (results[0].classes != results[1].classes)))
        number += len(tiles)
        for tile, branch in zip(tiles, results[1].classes.tolist(), strict=True):
            one, other = (
                each.run_branch(to_batch(tile[None]), branch) for each in (runner, reference)
            )
            largest = max(largest, float(np.abs(one - other).max()))
    mean = np.mean(scores, axis=0)
    return Agreement(float(mean[0]), float(mean[1]), largest, differing, number)
