"""Super-resolve images of any size and kind with one trained network."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classsr.errors import ClassSRError
from classsr.images.channels import fill_hidden, join_alpha, split_alpha, to_rgb
from classsr.images.resize import imresize
from classsr.inference.budget import build_router
from classsr.inference.full import Geometry, Plan, decide, restore_strips
from classsr.inference.routing import Router
from classsr.runtime.load import load_runner
from classsr.runtime.runner import Runner
from classsr.runtime.select import Backend, Precision
from classsr.system.device import set_device

DTYPES = (np.uint8, np.uint16)
SMALLEST_TILE, LARGEST_SCALE = 16, 16


@dataclass(frozen=True)
class Upscaled:
    """A super-resolved image and how it came about.

    image: of the input's kind and dtype.
    plans: the classes of its colours, and where transparency varies, those of its alpha channel.
    """

    image: np.ndarray
    plans: tuple[Plan, ...]


class Upscaler:
    """Calls a trained network on whole images: `sr = Upscaler("ClassSR_FSRCNN")(image)`.

    model: name of a shipped model, or path of a checkpoint or an exported folder.
    scale: of the result, by default the network's; another one is reached by bicubic resizing.
    tile: side of the tiles that are classified, in LR pixels; networks are trained on 32.
    device: "cpu", "gpu", or "auto" for a GPU where there is one.
    backend, precision: what computes, see `classsr.runtime.choose`; by default the fastest.
    budget: how much computation is allowed, see `classsr.budget`; by default the classes decide.
    """

    def __init__(
        self,
        model: str | Path = "ClassSR_FSRCNN",
        *,
        scale: float | None = None,
        tile: int = 32,
        device: str = "auto",
        backend: Backend = "auto",
        precision: Precision = "auto",
        budget: str | None = None,
    ) -> None:
        if tile < SMALLEST_TILE:
            raise ClassSRError(f"tile {tile}: expected at least {SMALLEST_TILE}")
        if scale is not None and not 0 < scale <= LARGEST_SCALE:
            raise ClassSRError(f"scale {scale:g}: expected more than 0 and at most {LARGEST_SCALE}")
        set_device(device)
        self.runner, self.cost = load_runner(model, tile=tile, backend=backend, precision=precision)
        self.geometry = Geometry(tile=tile)
        self.scale = scale or self.runner.scale
        self._route = build_router(budget, self.runner, self.cost)

    def sharing(self, *, runner: Runner, route: Router) -> Upscaler:
        """The same upscaler with another runner of its network and another router."""
        other = copy.copy(self)
        other.runner, other._route = runner, route
        return other

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Super-resolve an image of any size.

        image: uint8 or uint16; grey (H, W), RGB (H, W, 3), or either with alpha behind it,
            (H, W, 2) or (H, W, 4).
        Returns the same kind of image, (round(scale * H), round(scale * W), ...).
        """
        return self.upscale(image).image

    def upscale(
        self, image: np.ndarray, *, progress: Callable[[float], object] = lambda share: None
    ) -> Upscaled:
        """Super-resolve an image as a call does, and tell how it came about.

        progress: called now and then with the share of the work done since; the shares sum to 1.
        Raises ClassSRError for an array that is no image.
        """
        check_image(image)
        colours, alpha = split_alpha(image)
        planes = [colours if alpha is None else fill_hidden(colours, alpha)]
        if alpha is not None and alpha.min() != alpha.max():
            planes.append(alpha)
        plans = tuple(self._decide(plane) for plane in planes)
        restored = [
            self._restore(plan, like=plane, progress=lambda share: progress(share / len(planes)))
            for plan, plane in zip(plans, planes, strict=True)
        ]
        if alpha is not None and len(planes) == 1:  # what is opaque stays exactly so
            restored.append(np.full(restored[0].shape[:2], alpha[0, 0]))
        return Upscaled(self._resized(join_alpha(*restored), image.shape[:2]), plans)

    def _decide(self, plane: np.ndarray) -> Plan:
        return decide(to_rgb(plane), self.runner, geometry=self.geometry, route=self._route)

    def _restore(
        self, plan: Plan, *, like: np.ndarray, progress: Callable[[float], object]
    ) -> np.ndarray:
        """Run a plan, and give the result the dtype and the channels of the plane it is of."""
        area = plan.image[:, :, 0].size
        scale, (height, width) = self.runner.scale, like.shape[:2]
        sr = np.empty((scale * height, scale * width, *like.shape[2:]), dtype=like.dtype)
        levels = np.float32(np.iinfo(like.dtype).max / 255)
        top = 0
        for strip in restore_strips(
            plan, self.runner, progress=lambda pixels: progress(pixels / area)
        ):
            values = strip if like.ndim == 3 else strip.mean(axis=2)
            values *= levels  # in place, because a strip is large
            sr[top : top + len(strip)] = np.rint(values, out=values)
            top += len(strip)
        return sr

    def _resized(self, image: np.ndarray, lr_size: tuple[int, int]) -> np.ndarray:
        if self.scale == self.runner.scale:
            return image
        height, width = (max(1, round(self.scale * length)) for length in lr_size)
        return imresize(image, size=(height, width))


def check_image(image: np.ndarray) -> None:
    """Raise ClassSRError for an array that `Upscaler` cannot take."""
    fits = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (2, 3, 4))
    if image.dtype not in DTYPES or not fits or image.size == 0:
        raise ClassSRError(
            f"expected an image (H, W), (H, W, 3) or (H, W, 4) of uint8 or uint16, "
            f"found {image.shape} of {image.dtype}"
        )
