"""PSNR and SSIM as super-resolution papers report them.

Images are (H, W, 3) RGB on 0..255, of any number type; `crop_border` pixels are left out on each
side.
"""

from __future__ import annotations

import numpy as np
from skimage.metrics import structural_similarity

from classsr.errors import ClassSRError

SSIM_MARGIN = 5  # of its 11x11 Gaussian window
BAND = 512  # rows compared at once by SSIM, which bounds the memory for 8K images
ROWS = 16  # subtracted at once by PSNR: they stay in the processor's cache


def psnr(a: np.ndarray, b: np.ndarray, *, crop_border: int = 0) -> float:
    """Peak signal-to-noise ratio in dB over all values; infinite for equal images.

    Takes RGB images, or single channels (H, W).
    """
    a, b = _inside(a, crop_border), _inside(b, crop_border)
    squares = 0.0
    for top in range(0, len(a), ROWS):
        rows = slice(top, top + ROWS)
        difference = a[rows].astype(np.float32) - b[rows].astype(np.float32)
        squares += float(np.sum(np.square(difference), dtype=np.float64))
    error = squares / a.size
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def ssim(a: np.ndarray, b: np.ndarray, *, crop_border: int = 0) -> float:
    """Structural similarity (Wang et al., 2004), the mean over the channels.

    Gaussian window of 11x11, sigma 1.5, only where it fits into the image: at least 11x11 pixels
    must be left.  Takes RGB images, or single channels (H, W).
    """
    a, b = _inside(a, crop_border), _inside(b, crop_border)
    height = a.shape[0]
    if min(a.shape[:2]) <= 2 * SSIM_MARGIN:
        raise ClassSRError(f"SSIM needs at least 11x11 pixels, found {a.shape[1]}x{height}")
    total = 0.0
    for top in range(SSIM_MARGIN, height - SSIM_MARGIN, BAND):
        bottom = min(top + BAND, height - SSIM_MARGIN)
        rows = slice(top - SSIM_MARGIN, bottom + SSIM_MARGIN)
        total += (bottom - top) * _ssim(a[rows], b[rows])
    return total / (height - 2 * SSIM_MARGIN)


def _inside(image: np.ndarray, crop_border: int) -> np.ndarray:
    height, width = image.shape[:2]
    if min(height, width) <= 2 * crop_border:
        raise ClassSRError(f"crop_border {crop_border} leaves nothing of {width}x{height} pixels")
    return image[slice(crop_border, height - crop_border), slice(crop_border, width - crop_border)]


def _ssim(a: np.ndarray, b: np.ndarray) -> float:
    return float(
        structural_similarity(
            a.astype(np.float64),
            b.astype(np.float64),
            data_range=255,
            channel_axis=2 if a.ndim == 3 else None,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )
