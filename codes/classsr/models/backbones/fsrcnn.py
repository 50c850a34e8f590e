"""FSRCNN (Dong et al., ECCV 2016) with the layer names of the published ClassSR checkpoints."""

from __future__ import annotations

from typing import Literal

import numpy as np
import paddle
from paddle import nn

from classsr.errors import ClassSRError
from classsr.models import init as initialise
from classsr.models.bounds import Depth, Width
from classsr.models.layers import Conv2D, Conv2DTranspose, cubic, plain_convolution

KERNEL = 9  # of the deconvolution


class FSRCNN(nn.Layer):
    """Shrink to s channels, map there m times, expand to d channels, deconvolve.

    d: feature channels; 16, 36 and 56 are ClassSR's simple, medium and hard branch.
    s: channels of the mapping layers, at least 3.
    m: number of 3x3 mapping layers, which have no activation between them.
    init: "published" draws Kaiming normal times 0.1; "bicubic" starts as an interpolation,
        from which training gets on much faster (see `start_as_bicubic`).
    """

    def __init__(
        self,
        *,
        scale: int = 4,
        d: Width = 56,
        s: Width = 12,
        m: Depth = 4,
        init: Literal["published", "bicubic"] = "published",
    ) -> None:
        super().__init__()
        if init == "bicubic" and min(d, s) < 3:
            raise ClassSRError(f"FSRCNN: init bicubic needs d and s of 3 or more, found {d}, {s}")
        self.scale = scale
        self.head_conv = nn.Sequential(Conv2D(3, d, 5, padding=2), nn.PReLU())
        self.body_conv = nn.Sequential(
            nn.Sequential(Conv2D(d, s, 1), nn.PReLU()),
            *(Conv2D(s, s, 3, padding=1) for _ in range(m)),
            nn.PReLU(),
            nn.Sequential(Conv2D(s, d, 1), nn.PReLU()),
        )
        self.tail_conv = Deconvolution(d, scale=scale)
        initialise.uniform([self.tail_conv])  # the published scripts pass over the deconvolution
        if init == "published":
            initialise.kaiming(self._convolutions(), scale=0.1)
        else:
            initialise.kaiming(self._convolutions())
            start_as_bicubic(self._convolutions(), self.tail_conv, scale=scale)

    def _convolutions(self) -> list[nn.Conv2D]:
        return [layer for layer in self.sublayers() if isinstance(layer, nn.Conv2D)]

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        """Super-resolve (N, 3, H, W) in [0, 1] to (N, 3, scale * H, scale * W)."""
        return self.tail_conv(self.body_conv(self.head_conv(lr)))


class Deconvolution(Conv2DTranspose):
    """The 9x9 deconvolution of FSRCNN, which enlarges `scale` times."""

    def __init__(self, in_channels: int, *, scale: int) -> None:
        padding, output_padding = deconvolution_padding(scale)
        super().__init__(
            in_channels, 3, KERNEL, stride=scale, padding=padding, output_padding=output_padding
        )
        self.scale = scale

    def deployed(self) -> nn.Layer:
        """A convolution and a pixel shuffle, which CPUs compute more than twice as fast."""
        kernel = subpixel_kernel(self.weight, scale=self.scale)
        bias = paddle.repeat_interleave(self.bias, self.scale**2)
        convolution = plain_convolution(kernel, bias, padding=kernel.shape[-1] // 2)
        return nn.Sequential(convolution, nn.PixelShuffle(self.scale))


def deconvolution_padding(scale: int) -> tuple[int, int]:
    """Padding and output padding that make the 9x9 deconvolution enlarge exactly `scale` times."""
    padding = (KERNEL + 1 - scale) // 2
    return padding, scale - KERNEL + 2 * padding


def subpixel_kernel(weight: paddle.Tensor, *, scale: int) -> paddle.Tensor:
    """The kernel of the convolution that, with a pixel shuffle, equals the deconvolution.

    The output pixel scale * i + a is the sum over the input pixels i + t of the deconvolution's
    tap a + padding - scale * t.

    weight: (d, 3, 9, 9).  Returns (3 * scale**2, d, k, k), k odd.
    """
    padding, _ = deconvolution_padding(scale)
    reach = max(padding // scale, (KERNEL - 1 - padding) // scale)
    a, t = np.mgrid[:scale, -reach : reach + 1]
    tap = a + padding - scale * t
    row, column = tap[:, None, :, None], tap[None, :, None, :]  # each (a, a, t, t)
    inside = (row >= 0) & (row < KERNEL) & (column >= 0) & (column < KERNEL)
    index = np.where(inside, KERNEL * row + column, KERNEL**2)  # the last is a zero
    features, size = weight.shape[0], 2 * reach + 1
    taps = paddle.concat([weight.flatten(2), paddle.zeros([features, 3, 1])], axis=2)
    taken = paddle.index_select(taps, paddle.to_tensor(index.ravel()), axis=2)
    return taken.reshape([features, 3 * scale**2, size, size]).transpose([1, 0, 2, 3])


def interpolation_kernel(scale: int) -> np.ndarray:
    """The cubic kernel (a = -0.5) on the 9 taps of the deconvolution, float64 of shape (9,).

    The taps that serve one output phase sum to 1, so that flat areas keep their value although
    9 taps are fewer than the 4 * scale of a full cubic interpolation.
    """
    taps = np.arange(KERNEL)
    padding, _ = deconvolution_padding(scale)
    kernel = cubic(np.abs((taps - padding - (scale - 1) / 2) / scale))
    phase = (taps - padding) % scale
    return kernel / np.bincount(phase, weights=kernel)[phase]


@paddle.no_grad()
def start_as_bicubic(
    convolutions: list[nn.Conv2D], deconvolution: nn.Conv2DTranspose, *, scale: int
) -> None:
    """Let the first three channels of every layer carry the colours to an interpolation.

    A delta in the middle of each kernel passes a channel on (PReLU is the identity above 0);
    the deconvolution of the three carries the interpolation kernel, and what it adds from the
    other channels starts at a hundredth of its size.
    """
    for layer in convolutions:
        weight = layer.weight.numpy()
        middle = weight.shape[2] // 2
        weight[:3] = 0
        weight[range(3), range(3), middle, middle] = 1
        layer.weight.set_value(weight)
    weight = deconvolution.weight.numpy() * 0.01
    kernel = interpolation_kernel(scale)
    weight[:3] = 0
    weight[range(3), range(3)] = np.outer(kernel, kernel)
    deconvolution.weight.set_value(weight)
    deconvolution.bias.set_value(np.zeros(3, dtype=np.float32))
