"""Batches for training."""

from __future__ import annotations

import threading
from itertools import islice
from typing import Any

import numpy as np
import pytest

from classsr.data.loader import Batch, batches
from classsr.errors import ClassSRError


class Numbered:
    """Pairs whose values tell their place."""

    def __init__(self, n: int, *, sides: tuple[int, ...] = (2,)) -> None:
        self._n, self._sides = n, sides

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> Batch:
        side = self._sides[index % len(self._sides)]
        lr = np.full((side, side, 3), index, np.uint8)
        return lr, np.arange(16 * side**2 * 3, dtype=np.uint8).reshape(4 * side, 4 * side, 3)


def take(n: int, **changes: Any) -> list[Batch]:
    options = {"batch_size": 4, "seed": 1, "n_workers": 0} | changes
    return list(islice(batches(Numbered(50), **options), n))


def assert_equal(found: list[Batch], expected: list[Batch]) -> None:
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])


def test_batches_are_channels_first_in_0_1() -> None:
    lr, hr = take(1)[0]
    assert (lr.shape, hr.shape) == ((4, 3, 2, 2), (4, 3, 8, 8))
    assert lr.dtype == hr.dtype == np.float32
    assert hr.flags.c_contiguous
    assert 0 <= hr.min() < hr.max() <= 1


@pytest.mark.parametrize("n_workers", [1, 3])
def test_workers_and_resuming_change_nothing(n_workers: int) -> None:
    expected = take(30)
    assert_equal(take(30, n_workers=n_workers), expected)
    assert_equal(take(10, n_workers=n_workers, start_step=20), expected[20:])
    assert_equal(take(10, n_workers=n_workers, prefetch_factor=5), expected[:10])


def test_ranks_share_the_batch() -> None:
    whole = take(3)
    shares = [take(3, rank=rank, world=2) for rank in range(2)]
    joined = [
        (np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]]))
        for a, b in zip(*shares, strict=True)
    ]
    assert_equal(joined, whole)
    with pytest.raises(ClassSRError, match="multiple of 3 devices, found 4"):
        take(1, world=3)


def test_lr_and_hr_turn_together() -> None:
    class Corners(Numbered):
        def __getitem__(self, index: int) -> Batch:
            lr = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) + np.uint8(20 * index)
            return lr, lr.repeat(4, axis=0).repeat(4, axis=1)

    for lr, hr in islice(batches(Corners(9), batch_size=8, seed=0, n_workers=0), 5):
        np.testing.assert_array_equal(hr[:, :, ::4, ::4], lr)

    maps = np.stack([Corners(9)[index][0] / np.float32(255) for index in range(9)])
    for lr, target in islice(batches(Corners(9), batch_size=8, seed=0, targets=maps), 5):
        np.testing.assert_allclose(target.transpose(0, 3, 1, 2), lr, rtol=1e-6)


def test_errors_of_workers_arrive_and_threads_end() -> None:
    stream = batches(Numbered(8, sides=(2, 3)), batch_size=4, seed=0, n_workers=2)
    with pytest.raises(ClassSRError, match="cut it into sub-images of one size"):
        next(stream)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("loader")]
    with pytest.raises(ClassSRError, match="holds no pairs"):
        batches(Numbered(0), batch_size=1, seed=0)
