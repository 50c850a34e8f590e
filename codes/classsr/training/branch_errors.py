"""How far each branch is from the truth on every patch, found once for frozen branches."""

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
from classsr.inference.tiles import restore, to_batch
from classsr.models.classifier import PATCH
from classsr.runtime.runner import Runner
from classsr.system.distributed import any_rank, barrier, in_order, own_share, rank
from classsr.training.losses import PixelCriterion, patch_errors

CHUNK = 256  # pairs that are held at once

log = logging.getLogger("classsr")


def known_errors(
    path: Path,
    dataset: PairDataset,
    make_runner: Callable[[], Runner],
    *,
    criterion: PixelCriterion,
    num_classes: int,
    between: Callable[[], None],
) -> np.ndarray:
    """The errors of all pairs in each branch, float32 (N, h, w, M); see `branch_errors`.

    They are computed where the file does not exist, by all processes together, and kept in it.
    num_classes: number of branches.
    between: called now and then; what it raises ends the judging, of which nothing is kept.
    Raises ClassSRError where the file cannot be read or is of other pairs.
    """
    if not any_rank(rank() == 0 and path.exists()):
        log.info("every sub-image goes through every branch once (%d sub-images)", len(dataset))
        errors = branch_errors(dataset, make_runner(), criterion=criterion, between=between)
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
    between: Callable[[], None],
) -> np.ndarray:
    """Restore every pair's LR by every branch, as in testing, and compare it with its HR.

    Returns float32 (N, h, w, M), of the patches that the classifier looks at; see
    `losses.patch_errors`.
    Raises ClassSRError where they do not part a sub-image.
    """
    own = own_share(len(dataset))
    size = (len(own), *_patches(dataset), runner.num_classes)
    errors = np.empty(size, dtype=np.float32)
    starts = range(0, len(own), CHUNK)
    for start in tqdm(starts, unit="pair", unit_scale=CHUNK, disable=True if rank() else None):
        between()
        pairs = [dataset[place] for place in own[start : start + CHUNK]]
        lr, hr = (stacked(images) for images in zip(*pairs, strict=True))
        for branch in range(runner.num_classes):
            classes = np.full(len(lr), branch)
            for members, restored in restore(lr, classes, runner, batch=runner.batch):
                sr, truth = (paddle.to_tensor(to_batch(of)) for of in (restored, hr[members]))
                found = patch_errors(sr, truth, criterion, patch=runner.scale * PATCH)
                errors[start + members, ..., branch] = found.numpy()
    return np.stack(in_order(list(errors), len(dataset)))


def _patches(dataset: PairDataset) -> tuple[int, int]:
    """Rows and columns of patches in a sub-image."""
    height, width, _ = dataset[0][0].shape
    if height % PATCH or width % PATCH:
        raise ClassSRError(
            f"train.judge_once: expected sub-images of a multiple of {PATCH} LR pixels, "
            f"found {height} x {width}"
        )
    return height // PATCH, width // PATCH
