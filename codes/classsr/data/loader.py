"""Endless batches for training, prepared ahead by threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Protocol

import numpy as np

from classsr.errors import ClassSRError
from classsr.system.threads import in_parallel

Batch = tuple[np.ndarray, np.ndarray]


class PairDataset(Protocol):
    """What the loader needs: pairs of sub-images (lr, hr), H x W x 3 integers, of one size."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Batch: ...


def batches(
    dataset: PairDataset,
    *,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    n_workers: int = 1,
    prefetch_factor: int = 2,
    use_flip: bool = True,
    use_rot: bool = True,
    rank: int = 0,
    world: int = 1,
    targets: np.ndarray | None = None,
) -> Iterator[Batch]:
    """Yield (lr, hr) for start_step, start_step + 1, ... without end: float32 NCHW in [0, 1].

    A batch depends on the seed and its step alone, not on the workers or on where a run was
    resumed. batch_size counts the samples of all ranks together; rank r of `world` gets its
    share of every batch. n_workers = 0 makes batches in the calling thread; else each worker is
    prefetch_factor batches ahead, of which it makes one and the others wait. Workers are threads,
    since reading and copying leave Python's lock free, and so need no shared memory.
    targets: (N, h, w, C), maps of the pairs' lr, to yield in place of their hr as they are, but for
        the flips and turns (B, h, w, C).

    Raises ClassSRError where the batch cannot be shared evenly or the pairs differ in size.
    """
    if batch_size % world:
        raise ClassSRError(
            f"batch_size: expected a multiple of {world} devices, found {batch_size}"
        )
    if not len(dataset):
        raise ClassSRError("the training set holds no pairs")
    share = slice(rank * batch_size // world, (rank + 1) * batch_size // world)

    def make(step: int) -> Batch:
        samples = samples_of_step(n=len(dataset), batch_size=batch_size, seed=seed, step=step)
        flags = augmentations_of_step(
            batch_size=batch_size, seed=seed, step=step, use_flip=use_flip, use_rot=use_rot
        )
        own, flags = samples[share], flags[share]
        lr, hr = zip(*(dataset[sample] for sample in own.tolist()), strict=True)
        if targets is not None:
            maps = [augmented(targets[sample], row) for sample, row in zip(own, flags, strict=True)]
            return _augmented_stack(lr, flags), np.stack(maps)
        return _augmented_stack(lr, flags), _augmented_stack(hr, flags)

    steps = count(start_step)
    if n_workers == 0:
        return map(make, steps)
    ahead = prefetch_factor * n_workers + 1
    return (batch for _, batch in in_parallel(make, steps, workers=n_workers, ahead=ahead))


def stacked(images: Sequence[np.ndarray]) -> np.ndarray:
    """Images of one size (H, W, 3) as (N, H, W, 3); ClassSRError where they differ."""
    for image in images:
        _expect_alike(image, images[0])
    return np.stack(images)


def _expect_alike(image: np.ndarray, first: np.ndarray) -> None:
    if image.shape != first.shape or image.dtype != first.dtype:
        raise ClassSRError(
            f"the training set holds images of {first.shape} and {image.shape}; "
            "cut it into sub-images of one size (data_scripts/)"
        )


def _augmented_stack(images: Sequence[np.ndarray], flags: np.ndarray) -> np.ndarray:
    """Augment images of one size and bring them to float32 NCHW in [0, 1]."""
    first = images[0]
    height, width, channels = first.shape
    stack = np.empty((len(images), channels, height, width), first.dtype)
    for place, image, row in zip(stack, images, flags, strict=True):
        _expect_alike(image, first)
        # Rows of a memory-mapped photograph lie far apart; copying each whole fetches them fastest.
        place[:] = augmented(np.ascontiguousarray(image), row).transpose(2, 0, 1)
    return np.divide(stack, np.float32(np.iinfo(first.dtype).max), dtype=np.float32)


def samples_of_step(*, n: int, batch_size: int, seed: int, step: int) -> np.ndarray:
    """The dataset positions of batch `step`, int64 of length batch_size.

    Batches follow one another through the data set, shuffled anew on every pass; a batch may
    reach across the end of a pass.
    """
    places = step * batch_size + np.arange(batch_size)
    return np.array([_pass_order(n, seed, place // n)[place % n] for place in places.tolist()])


def augmentations_of_step(
    *, batch_size: int, seed: int, step: int, use_flip: bool, use_rot: bool
) -> np.ndarray:
    """Draw (flip left-right, flip top-bottom, transpose) for every sample, batch_size x 3 bools.

    A flip is left-right; a rotation is by 90 degrees, composed of a transposition and flips, as
    in BasicSR: use_flip draws the first, use_rot the other two.
    """
    draws = np.random.default_rng([seed, step, 1]).integers(0, 2, (batch_size, 3), dtype=np.uint8)
    return draws.astype(bool) & np.array([use_flip, use_rot, use_rot])


def augmented(image: np.ndarray, flags: np.ndarray) -> np.ndarray:
    """A view of an H x W x C image under one row of `augmentations_of_step`."""
    left_right, top_bottom, transpose = flags.tolist()
    if left_right:
        image = image[:, ::-1]
    if top_bottom:
        image = image[::-1]
    return image.swapaxes(0, 1) if transpose else image


@lru_cache(maxsize=4)
def _pass_order(n: int, seed: int, number: int) -> np.ndarray:
    """The order of pass `number` through n samples."""
    return np.random.default_rng([seed, number, 0]).permutation(n)
