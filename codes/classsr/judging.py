"""How far each branch is from the truth on every sub-image, found once for frozen branches."""

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
from classsr.losses import PixelCriterion, image_errors
from classsr.ranks import any_rank, barrier, in_order, own_share, rank
from classsr.runtime.runner import Runner
from classsr.superresolve import restore, to_batch

CHUNK = 256  # pairs that are held at once

log = logging.getLogger("classsr")


def known_errors(
    path: Path,
    dataset: PairDataset,
    make_runner: Callable[[], Runner],
    *,
    criterion: PixelCriterion,
    between: Callable[[], None],
) -> np.ndarray:
    """The errors of all pairs in each branch, float32 (N, M); see `branch_errors`.

    They are computed where the file does not exist, by all processes together, and kept in it.
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
        errors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ClassSRError(f"{path}: cannot be read ({error}); remove it") from error
    if len(errors) != len(dataset):
        raise ClassSRError(f"{path}: is of {len(errors)} sub-images, not {len(dataset)}; remove it")
    return errors


def branch_errors(
    dataset: PairDataset,
    runner: Runner,
    *,
    criterion: PixelCriterion,
    between: Callable[[], None],
) -> np.ndarray:
    """Restore every pair's LR by every branch, as in testing, and compare it with its HR.

    Returns float32 (N, M); see `losses.image_errors`.
    """
    own = own_share(len(dataset))
    errors = np.empty((len(own), runner.num_classes), dtype=np.float32)
    starts = range(0, len(own), CHUNK)
    for start in tqdm(starts, unit="pair", unit_scale=CHUNK, disable=True if rank() else None):
        between()
        pairs = [dataset[place] for place in own[start : start + CHUNK]]
        lr, hr = (stacked(images) for images in zip(*pairs, strict=True))
        for branch in range(runner.num_classes):
            classes = np.full(len(lr), branch)
            for members, restored in restore(lr, classes, runner, batch=runner.batch):
                sr, truth = (paddle.to_tensor(to_batch(of)) for of in (restored, hr[members]))
                errors[start + members, branch] = image_errors(sr, truth, criterion).numpy()
    return np.stack(in_order(list(errors), len(dataset)))
