"""PSNR, SSIM and luma against closed forms and an independent SSIM."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import correlate1d

from classsr.errors import ClassSRError
from classsr.evaluation import metrics
from classsr.evaluation.metrics import psnr, ssim
from classsr.images.channels import luma
from samples import photograph


def test_psnr_of_a_known_error() -> None:
    a = np.zeros((20, 20, 3), dtype=np.uint8)
    assert psnr(a, a + 5) == pytest.approx(10 * np.log10(255**2 / 25))
    assert psnr(a, a) == float("inf")


def test_crop_leaves_the_border_out() -> None:
    a = np.zeros((20, 20, 3), dtype=np.uint8)
    b = a.copy()
    b[:4] = b[:, :4] = b[-4:] = b[:, -4:] = 200
    assert psnr(a, b, crop_border=4) == float("inf")


def test_luma_of_primaries() -> None:
    colours = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]])
    expected = [16, 235, 16 + 65.481, 16 + 128.553, 16 + 24.966]
    np.testing.assert_allclose(luma(colours)[0], expected, rtol=1e-6)


def written_out_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """SSIM of one channel by its formula, with the window where it fits."""
    x = np.arange(-5, 6)
    window = np.exp(-(x**2) / (2 * 1.5**2))
    window /= window.sum()

    def blur(image: np.ndarray) -> np.ndarray:
        return correlate1d(correlate1d(image, window, axis=0), window, axis=1)[5:-5, 5:-5]

    a, b = a.astype(np.float64), b.astype(np.float64)
    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ratio = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float(np.mean(ratio / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))))


@pytest.mark.parametrize("band", [13, 512])
def test_ssim_equals_its_formula(band: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "BAND", band)
    a, b = photograph(70, 50), photograph(70, 50, seed=1)
    b = (0.7 * a + 0.3 * b).astype(np.uint8)
    channels = [written_out_ssim(a[4:-4, 4:-4, c], b[4:-4, 4:-4, c]) for c in range(3)]
    assert ssim(a, b, crop_border=4) == pytest.approx(np.mean(channels), abs=1e-6)
    expected = written_out_ssim(luma(a)[4:-4, 4:-4], luma(b)[4:-4, 4:-4])
    assert ssim(luma(a), luma(b), crop_border=4) == pytest.approx(expected, abs=1e-6)


def test_ssim_needs_room_for_its_window() -> None:
    with pytest.raises(ClassSRError, match="11x11"):
        ssim(np.zeros((18, 18, 3)), np.zeros((18, 18, 3)), crop_border=4)
