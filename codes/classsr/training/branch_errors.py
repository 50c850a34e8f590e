"""The error of each frozen branch on every patch of the training set, computed once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
from tqdm import tqdm

from classsr.data.loader import PairDataset, stacked
from classsr.data.packed import save_array
from classsr.errors import ClassSRError
from classsr.inference.run_tiles import run_branches
from classsr.models.classifier import PATCH
from classsr.runtime.pixels import to_batch
from classsr.runtime.runner import Runner
from classsr.system.distributed import any_rank, barrier, gather_in_order, rank, shard_indices
from classsr.training.losses import PixelCriterion, patch_errors

CHUNK = 256  # pairs that are held at once

log = logging.getLogger("classsr")


def precompute_branch_errors(
    path: Path,
    dataset: PairDataset,
    make_runner: Callable[[], Runner],
    *,
    criterion: PixelCriterion,
    num_classes: int,
    check_interrupt: Callable[[], None],
) -> np.ndarray:
    """The errors of all pairs in each branch, float32 (N, h, w, M); see `branch_errors`.

    They are computed where the file does not exist, by all processes together, and kept in it.
    num_classes: number of branches.
    check_interrupt: called between chunks; what it raises ends the work, of which nothing is kept.
    Raises ClassSRError where the file cannot be read or is of other pairs.
    """
    if not any_rank(rank() == 0 and path.exists()):
        log.info("precomputing the branches' errors on %d sub-images", len(dataset))
        errors = branch_errors(
            dataset, make_runner(), criterion=criterion, check_interrupt=check_interrupt
        )
        if rank() == 0:
            save_array(path, errors)
        barrier()
    try:
        errors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ClassSRError(f"{path}: cannot be read ({error}); remove it") from error
    expected = (len(dataset), *_patches(dataset), num_classes)
    if errors.shape != expected:
        raise ClassSRError(f"{path}: expected errors {expected}, found {errors.shape}; remove it")
    return errors


def branch_errors(
    dataset: PairDataset,
    runner: Runner,
    *,
    criterion: PixelCriterion,
    check_interrupt: Callable[[], None],
) -> np.ndarray:
    """Restore every pair's LR by every branch, as in testing, and compare it with its HR.

    Returns float32 (N, h, w, M), of the patches that the classifier looks at; see
    `losses.patch_errors`.
    Raises ClassSRError for sub-images that patches do not divide evenly.
    """
    own = shard_indices(len(dataset))
    size = (len(own), *_patches(dataset), runner.num_classes)
    errors = np.empty(size, dtype=np.float32)
    starts = range(0, len(own), CHUNK)
    for start in tqdm(
        starts,
        desc="branch errors",
        unit="pair",
        unit_scale=CHUNK,
        disable=True if rank() else None,
    ):
        check_interrupt()
        pairs = [dataset[place] for place in own[start : start + CHUNK]]
        lr, hr = (stacked(images) for images in zip(*pairs, strict=True))
        for branch in range(runner.num_classes):
            classes = np.full(len(lr), branch)
            for members, restored in run_branches(lr, classes, runner):
                sr, target = (paddle.to_tensor(to_batch(of)) for of in (restored, hr[members]))
                found = patch_errors(sr, target, criterion, patch=runner.scale * PATCH)
                errors[start + members, ..., branch] = found.numpy()
    return np.stack(gather_in_order(list(errors), len(dataset)))


def _patches(dataset: PairDataset) -> tuple[int, int]:
    """Rows and columns of patches in a sub-image."""
    height, width, _ = dataset[0][0].shape
    if height % PATCH or width % PATCH:
        raise ClassSRError(
            f"train.precompute_branch_errors: expected sub-images of a multiple of {PATCH} "
            f"LR pixels, found {height} x {width}"
        )
    return height // PATCH, width // PATCH
