"""A picture on the page: as it was dropped, its newest result, and the numbers beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from classsr.evaluation.metrics import psnr, ssim
from classsr.images.channels import split_alpha, to_8_bit, to_rgb
from classsr.images.picture import Picture
from classsr.images.resize import imresize
from classsr.inference.upscaler import Upscaler
from classsr.inference.usage import Usage, image_flops, usage_of
from classsr.web.session import Session, Step

SMALLEST_FOR_SSIM = 11


@dataclass(frozen=True)
class Result:
    """A result, what led to it, and what it took.

    budget: the share of the widest branch that was allowed, None where the classes decided.
    """

    step: Step
    usage: Usage
    budget: float | None


class Enlargement:
    """A picture that is enlarged under one budget after the other.

    truth: in test mode the picture before it was shrunk, a whole multiple of the scale.
    visited: in test mode PSNR in dB of each result so far, by its share of the widest branch.
    """

    def __init__(self, picture: Picture, upscaler: Upscaler, *, is_test: bool) -> None:
        self.upscaler = upscaler
        self.scale = upscaler.runner.scale
        self.truth: Picture | None = None
        if is_test:
            self.truth = replace(picture, pixels=cropped(picture.pixels, self.scale))
            picture = replace(picture, pixels=imresize(self.truth.pixels, scale=1 / self.scale))
        self.picture = picture
        self.result: Result | None = None
        self.scores: dict[str, float] = {}
        self.visited: dict[float, float] = {}
        self._bicubic: dict[str, float] = {}
        self._session: Session | None = None  # made by the first run, so that the picture shows
        self._complete: tuple[float, float] | None = None  # share and seconds of the first run

    @property
    def size(self) -> int:
        """Bytes in memory."""
        truth = self.truth.pixels.nbytes if self.truth else 0
        own = self.picture.pixels.nbytes * (1 + self.scale**2)
        return truth + own

    def run(self, budget: float | None, progress: Callable[[float], object]) -> None:
        """Enlarge within a share of the widest branch's FLOPs; without one the classes decide."""
        begin = time.perf_counter()
        if self._session is None:
            self._session = Session(self.upscaler, self.picture.pixels)
        step = self._session.upscale(as_text(budget), progress=progress)
        seconds = time.perf_counter() - begin
        number = self.upscaler.runner.num_classes
        usage = usage_of(step.upscaled.plans, num_classes=number, seconds=seconds)
        if self._complete is None:
            self._complete = self.share(usage), seconds
        self.scores = {}
        self.result = Result(step, usage, budget)

    def score(self) -> None:
        """Compare the newest result, and bicubic enlargement, with the truth."""
        assert self.truth is not None and self.result is not None
        truth = as_levels(self.truth.pixels)
        if not self._bicubic:
            bicubic = as_levels(imresize(self.picture.pixels, size=truth.shape[:2]))
            self._bicubic = {f"bicubic_{k}": v for k, v in compare(bicubic, truth).items()}
        enlarged = as_levels(self.result.step.upscaled.image)
        self.scores = compare(enlarged, truth) | self._bicubic
        if "psnr" in self.scores:
            self.visited[self.share(self.result.usage)] = self.scores["psnr"]

    def enlarged(self) -> Picture:
        """The newest result with the metadata of its picture."""
        assert self.result is not None
        return replace(self.picture, pixels=self.result.step.upscaled.image)

    def share(self, usage: Usage) -> float:
        """FLOPs as a share of the widest branch's, as the paper counts them."""
        flops, whole = image_flops(usage.tiles, usage.computed, usage.area, self.upscaler.cost)
        return flops.paper / whole.paper

    def figures(self) -> dict[str, Any]:
        """The numbers of the newest result."""
        assert self.result is not None and self._complete is not None
        usage, cost = self.result.usage, self.upscaler.cost
        flops, _ = image_flops(usage.tiles, usage.computed, usage.area, cost)
        share, seconds = self._complete
        return {
            "budget": self.result.budget,
            "share": self.share(usage),
            "least": cost.branches[0].paper / cost.branches[-1].paper,
            "gflops": flops.paper * int(usage.tiles.sum()) / 1e9,
            "seconds": usage.seconds,
            "computed": self.result.step.computed,
            "seconds_at_100": seconds / share,
            "scores": self.scores,
            "visited": sorted(self.visited.items()),
        }


def compare(image: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """PSNR in dB, unless the images are equal, and SSIM, unless they are too small for it."""
    scores = {"psnr": psnr(image, truth)}
    if min(truth.shape[:2]) >= SMALLEST_FOR_SSIM:
        scores["ssim"] = ssim(image, truth)
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def cropped(image: np.ndarray, scale: int) -> np.ndarray:
    """The largest part of an image from its top left whose sides are multiples of a scale.

    An image smaller than that is repeated up to it.
    """
    height, width = (max(length // scale * scale, scale) for length in image.shape[:2])
    lacking = [(0, max(n - m, 0)) for n, m in zip((height, width), image.shape[:2], strict=True)]
    padded = np.pad(image, (*lacking, *[(0, 0)] * (image.ndim - 2)), mode="edge")
    return padded[:height, :width]


def as_text(budget: float | None) -> str | None:
    """A share as a budget is written, in digits that stand for exactly this number."""
    return None if budget is None else f"{100 * budget:.6f}%"


def as_levels(image: np.ndarray) -> np.ndarray:
    """The colours on 0..255, RGB of uint8."""
    return to_8_bit(to_rgb(split_alpha(image)[0]))
