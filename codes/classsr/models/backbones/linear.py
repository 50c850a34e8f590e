"""A single convolution: an interpolation that is trained, for tiles that need no more."""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

from classsr.models.collapsible import Collapsible
from classsr.models.layers import Conv2D, cubic

KERNEL = 5  # holds the four taps of a cubic interpolation, on either side of a pixel's middle


class Linear(nn.Layer):
    """A 5x5 convolution to the sub-pixels, which starts as bicubic interpolation.

    An image of one colour keeps it; the image is continued by its edge pixels.

    collapsed: hold a plain convolution, as `collapsible.collapsed` makes it.
    """

    def __init__(self, *, scale: int = 4, collapsed: bool = False) -> None:
        super().__init__()
        self.scale = scale
        channels = 3 * scale**2
        self.exit = (
            Conv2D(3, channels, KERNEL, bias_attr=False) if collapsed else Interpolation(scale)
        )

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        padded = F.pad(lr, [KERNEL // 2] * 4, mode="replicate")
        return F.pixel_shuffle(self.exit(padded), self.scale)


class Interpolation(Collapsible):
    """A convolution whose taps sum to 1 for the sub-pixel's own colour and to 0 for the others."""

    padding = 0

    def __init__(self, scale: int) -> None:
        super().__init__()
        start = bicubic_kernel(scale)
        self.taps = self.create_parameter(
            start.shape, default_initializer=nn.initializer.Assign(start)
        )
        self.sums = paddle.to_tensor(start.sum(axis=(2, 3), keepdims=True).round())

    @property
    def weight(self) -> paddle.Tensor:
        """The taps, with what their sums lack spread over all of them (3 * scale**2, 3, 5, 5)."""
        return self.taps + (self.sums / KERNEL**2 - self.taps.mean(axis=[2, 3], keepdim=True))


def enlarge_bicubic(lr: paddle.Tensor, *, scale: int) -> paddle.Tensor:
    """Interpolate RGB images (N, 3, H, W), edges repeated, to (N, 3, scale * H, scale * W)."""
    padded = F.pad(lr, [KERNEL // 2] * 4, mode="replicate")
    return F.pixel_shuffle(F.conv2d(padded, paddle.to_tensor(bicubic_kernel(scale))), scale)


def bicubic_kernel(scale: int) -> np.ndarray:
    """The kernel of bicubic interpolation (a = -0.5), float32 (3 * scale**2, 3, 5, 5)."""
    offsets = (np.arange(scale) + 0.5) / scale - 0.5  # of the sub-pixels from their pixel
    distance = np.abs(np.arange(KERNEL) - KERNEL // 2 - offsets[:, None])
    taps = cubic(distance)
    planes = np.einsum("ai,bj->abij", taps, taps).reshape(-1, KERNEL, KERNEL)
    kernel = np.einsum("cd,pij->cpdij", np.eye(3), planes)
    return kernel.reshape(-1, 3, KERNEL, KERNEL).astype(np.float32)
