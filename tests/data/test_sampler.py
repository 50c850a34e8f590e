"""Batches as a function of seed and step."""

from __future__ import annotations

import numpy as np

from classsr.data.loader import augmentations_of_step, augmented, samples_of_step


def test_every_pass_sees_every_sample_once_in_another_order() -> None:
    stream = np.concatenate(
        [samples_of_step(n=10, batch_size=4, seed=3, step=step) for step in range(5)]
    )
    assert sorted(stream[:10]) == sorted(stream[10:]) == list(range(10))
    assert (stream[:10] != stream[10:]).any()


def test_seed_and_step_alone_decide() -> None:
    def draw(**changes: int) -> list[int]:
        return samples_of_step(
            **{"n": 1000, "batch_size": 8, "seed": 3, "step": 7, **changes}
        ).tolist()

    assert draw() == draw()
    assert draw() != draw(seed=4)
    assert draw() != draw(step=8)


def test_augmentations_follow_the_switches() -> None:
    def draw(*, use_flip: bool, use_rot: bool) -> np.ndarray:
        return augmentations_of_step(
            batch_size=200, seed=1, step=2, use_flip=use_flip, use_rot=use_rot
        )

    assert not draw(use_flip=False, use_rot=False).any()
    assert draw(use_flip=True, use_rot=False).any(axis=0).tolist() == [True, False, False]
    assert draw(use_flip=False, use_rot=True).any(axis=0).tolist() == [False, True, True]
    assert len(np.unique(draw(use_flip=True, use_rot=True), axis=0)) == 8


def test_augmented_gives_the_eight_symmetries_of_a_square() -> None:
    image = np.arange(12).reshape(2, 2, 3)
    flags = (np.arange(8)[:, None] >> np.arange(3)) & 1
    views = {augmented(image, row.astype(bool)).tobytes() for row in flags}
    assert len(views) == 8
    turned = augmented(image, np.array([True, False, True]))
    np.testing.assert_array_equal(turned, np.rot90(image))
