"""How far each branch is from the truth on every sub-image, found once for frozen branches."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import paddle
from tqdm import tqdm

from classsr.data.loader import PairDataset
from classsr.data.packed import load_array, save_array
from classsr.errors import ClassSRError
from classsr.losses import PixelCriterion, image_errors
from classsr.ranks import barrier, rank
from classsr.runtime.runner import Runner
from classsr.superresolve import restore, to_batch

CHUNK = 256  # pairs that are held at once

log = logging.getLogger("classsr")


def known_errors(
    path: Path, dataset: PairDataset, runner: Runner, *, criterion: PixelCriterion
) -> np.ndarray:
    """The errors of all pairs in each branch, float32 (N, M); see `branch_errors`.

    They are computed by the first process, kept in a file, and read from there ever after.
    Raises ClassSRError where the file is not of these pairs.
    """
    if rank() == 0 and not path.exists():
        log.info("judging %d sub-images by %d branches, once", len(dataset), runner.num_classes)
        save_array(path, branch_errors(dataset, runner, criterion=criterion))
    barrier()
    errors = load_array(path)
    if errors.shape != (len(dataset), runner.num_classes):
        raise ClassSRError(f"{path}: is of other sub-images or branches; remove it")
    return errors


def branch_errors(dataset: PairDataset, runner: Runner, *, criterion: PixelCriterion) -> np.ndarray:
    """Restore every pair's LR by every branch, as in testing, and compare it with its HR.

    Returns float32 (N, M); see `losses.image_errors`.
    """
    errors = np.empty((len(dataset), runner.num_classes), dtype=np.float32)
    for start in tqdm(range(0, len(dataset), CHUNK), unit_scale=CHUNK, unit="pair", disable=None):
        places = range(start, min(start + CHUNK, len(dataset)))
        lr, hr = (np.stack(images) for images in zip(*(dataset[i] for i in places), strict=True))
        for branch in range(runner.num_classes):
            classes = np.full(len(lr), branch)
            for members, restored in restore(lr, classes, runner, batch=runner.batch):
                sr, truth = (paddle.to_tensor(to_batch(of)) for of in (restored, hr[members]))
                errors[start + members, branch] = image_errors(sr, truth, criterion).numpy()
    return errors
