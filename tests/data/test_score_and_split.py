"""PSNR of sub-images, and classes from scores."""

from __future__ import annotations

import numpy as np

from classsr.data.prepare.restorers import bicubic_restorer
from classsr.data.prepare.score import psnr_of_each
from classsr.data.prepare.split import tercile_classes, threshold_classes
from classsr.evaluation.metrics import psnr
from classsr.images.resize import imresize


def random_images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_psnr_of_each_is_the_metric_of_each() -> None:
    sr, hr = random_images(2, 5, 32, 32, 3)
    sr[3] = hr[3]
    expected = [psnr(a, b, crop_border=4) for a, b in zip(sr, hr, strict=True)]
    np.testing.assert_allclose(psnr_of_each(sr, hr, border=4), expected, rtol=1e-6)


def test_bicubic_restores_each_image_by_itself() -> None:
    lr = random_images(3, 8, 9, 3)
    expected = np.stack([imresize(image, scale=4) for image in lr])
    np.testing.assert_array_equal(bicubic_restorer(4)(lr), expected)


def test_terciles_hold_a_third_each_even_with_ties() -> None:
    for n in (1, 7, 99, 100, 101):
        for scores in (np.zeros(n), random_images(n).astype(float), np.full(n, np.inf)):
            sizes = np.bincount(tercile_classes(scores), minlength=3)
            assert sizes.sum() == n
            assert sizes.max() - sizes.min() <= 1
    assert tercile_classes(np.array([20.0, 50.0, 30.0])).tolist() == [2, 0, 1]
    assert len(tercile_classes(np.empty(0))) == 0


def test_thresholds_class_as_the_original_does() -> None:
    scores = np.array([10, 27.16881, 27.16882, 35.149760, 35.149761, np.inf])
    classes = threshold_classes(scores, (27.16882, 35.149761))
    assert classes.tolist() == [2, 2, 1, 1, 0, 0]
