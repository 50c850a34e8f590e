"""Sub-pixels as images."""

from __future__ import annotations

import numpy as np
import paddle
import pytest

from classsr.runtime.pixels import interleaved


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(1, 7, 5), (3, 6, 9), (2, 1, 1)])
def test_interleaved_is_the_pixel_shuffle(scale: int, shape: tuple[int, int, int]) -> None:
    number, height, width = shape
    size = (number, 3 * scale**2, height, width)
    subpixels = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    planes = paddle.nn.functional.pixel_shuffle(paddle.to_tensor(subpixels, "float32"), scale)
    np.testing.assert_array_equal(interleaved(subpixels), planes.numpy().transpose(0, 2, 3, 1))
