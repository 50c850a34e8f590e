"""What restores sub-images, to see how hard they are; trained ones: `network_restorer`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from classsr.images.resize import imresize

# A restorer takes LR sub-images (n x h x w x 3, uint8) and gives SR of `scale` times the size.
Restorer = Callable[[np.ndarray], np.ndarray]


def bicubic_restorer(scale: int) -> Restorer:
    """The restorer that needs no training."""

    def restore(lr: np.ndarray) -> np.ndarray:
        n, height, width, channels = lr.shape
        # imresize takes any number of channels, so the sub-images pass side by side in them.
        stacked = lr.transpose(1, 2, 0, 3).reshape(height, width, n * channels)
        sr = imresize(stacked, scale=scale)
        return sr.reshape(*sr.shape[:2], n, channels).transpose(2, 0, 1, 3)

    return restore
