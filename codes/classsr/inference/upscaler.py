"""Super-resolve images of any size and kind with one trained network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from PIL import Image

from classsr.errors import ClassSRError
from classsr.images.channels import fill_hidden, join_alpha, split_alpha, to_rgb
from classsr.images.resize import imresize
from classsr.inference.budget import build_router, parse_budget
from classsr.inference.fastest import decide_fastest, undominated
from classsr.inference.flat import flat_weights
from classsr.inference.full_protocol import Geometry, Plan, decide, run_plan
from classsr.inference.inputs import as_pixels, check_image
from classsr.inference.seconds import Seconds
from classsr.inference.seconds_cache import cached_seconds
from classsr.runtime.load import described_by, load_runner
from classsr.runtime.runner import Runner
from classsr.runtime.select import Backend, Precision
from classsr.system.device import set_device

SMALLEST_TILE, LARGEST_TILE, LARGEST_SCALE = 16, 256, 16


@dataclass(frozen=True)
class Upscaled:
    """A super-resolved image and how it came about.

    image: of the input's kind and dtype.
    plans: the classes of its colours, and where transparency varies, those of its alpha channel.
    """

    image: np.ndarray
    plans: tuple[Plan, ...]


class Upscaler:
    """Super-resolves images of any size with one trained network.

    >>> from classsr import Upscaler
    >>> upscaler = Upscaler(budget=0.5)        # half the computation of the widest branch
    >>> sr = upscaler(image)                   # image: a NumPy array, a PIL image or a path

    model: name of a shipped model, or path of a checkpoint or of an exported folder
        (default: "ClassSR_SESR").
    scale: of the result, more than 0 and at most 16 (default: the network's); another one than the
        network's is reached by bicubic resizing.
    tile: side of the tiles that are classified, in LR pixels, at least 16 (default: 32, on which
        the networks are trained). Larger ones than 256 or than the image are cut to that.
    device: "cpu", "gpu", or "auto" for a GPU where there is one (default: "auto").
    backend: what computes: "paddle", "inference", "openvino", or "auto" for the fastest that is
        installed (default: "auto").
    precision: of the branches: "float32", "bfloat16", or "auto" for bfloat16 where the processor
        computes it and the result stays the same to the eye (default: "auto").
    budget: how much to compute: 0.5 or "50%" of the widest branch, "0.3GFLOPs" for a tile, or
        "2.5s" for a megapixel of the result (default: None, the classes decide, and the plain
        widest branch runs where it is faster). What the branches take on this machine is measured
        once (`inference.seconds_cache`).

    Nothing is printed: messages go to the logger "classsr".
    Raises ClassSRError, with what was expected and found, for arguments it cannot take.
    """

    def __init__(
        self,
        model: str | Path = "ClassSR_SESR",
        *,
        scale: float | None = None,
        tile: int = 32,
        device: str = "auto",
        backend: Backend = "auto",
        precision: Precision = "auto",
        budget: str | float | None = None,
    ) -> None:
        check_arguments(model, scale=scale, tile=tile, backend=backend, precision=precision)
        tile = min(tile, LARGEST_TILE)
        set_device(device)
        self.runner, self.cost = load_runner(model, tile=tile, backend=backend, precision=precision)
        self.tile = tile
        self.scale = scale or self.runner.scale
        self._seconds: Seconds | None = None
        in_flops = budget is not None and parse_budget(budget).unit != "s"
        if not in_flops:  # which are kept to, whatever they take
            self._seconds, _ = cached_seconds(
                self.runner,
                geometry=Geometry(tile=tile),
                model=described_by(model),
                precision=precision,
            )
        self._route = build_router(budget, self.runner, self.cost, seconds=self._seconds)

    def __call__(self, image: np.ndarray | Image.Image | str | Path) -> Any:
        """Super-resolve an image of any size.

        image: an array of uint8, uint16 or float32 in [0, 1]: grey (H, W) or (H, W, 1), RGB
            (H, W, 3), or either with alpha behind it, (H, W, 2) or (H, W, 4); a PIL image; or the
            path of a picture.
        Returns the same kind, (round(scale * H), round(scale * W), ...): an array of the same
        dtype, of which float32 has 65,536 levels; for a PIL image an upright one of mode L, LA,
        RGB, RGBA or I;16; for a path an array of uint8 or uint16.
        Raises ClassSRError for what is no image.
        """
        pixels, back = as_pixels(image)
        return back(self.upscale(pixels).image)

    def upscale(
        self, image: np.ndarray, *, progress: Callable[[float], object] = lambda share: None
    ) -> Upscaled:
        """Super-resolve an image as a call does, and tell how it came about.

        progress: called from time to time with the share of the work done since; shares sum to 1.
        Raises ClassSRError for an array that is no image.
        """
        check_image(image)
        planes = planes_of(image)
        plans = tuple(map(self._decide, planes))
        restored = [
            self._restore(plan, like=plane, progress=lambda share: progress(share / len(planes)))
            for plan, plane in zip(plans, planes, strict=True)
        ]
        return Upscaled(self.assembled(restored, image), plans)

    def assembled(self, restored: list[np.ndarray], image: np.ndarray) -> np.ndarray:
        """The result of an image whose planes (see `planes_of`) are restored."""
        _, alpha = split_alpha(image)
        if alpha is not None and len(restored) == 1:  # what is opaque stays exactly so
            restored = [*restored, np.full(restored[0].shape[:2], alpha[0, 0])]
        result = join_alpha(*restored)
        if self.scale == self.runner.scale:
            return result
        height, width = (max(1, round(self.scale * length)) for length in image.shape[:2])
        return imresize(result, size=(height, width))

    def decide(self, image: np.ndarray) -> tuple[Plan, ...]:
        """The classes alone, as `upscale` would take them."""
        check_image(image)
        return tuple(map(self._decide, planes_of(image)))

    def geometry(self, size: tuple[int, int]) -> Geometry:
        """How regions are formed on an image (height, width)."""
        return geometry_for(size, tile=self.tile, runner=self.runner)

    def classes(self, logits: np.ndarray, geometry: Geometry) -> np.ndarray:
        """The classes of the tiles of an image that is read in rows, from their logits (N, M).

        Those of `decide`, except that an image is never found to be faster unrouted.
        """
        classes = self._route(logits)
        if self._seconds is None or self.runner.num_classes == 1:
            return classes
        return undominated(self._seconds.of_tiles(geometry))[classes]

    def _decide(self, plane: np.ndarray) -> Plan:
        geometry = self.geometry(plane.shape[:2])
        image = to_rgb(plane)
        if self._seconds is None:
            return decide(image, self.runner, geometry=geometry, route=self._route)
        return decide_fastest(
            image, self.runner, geometry=geometry, seconds=self._seconds, route=self._route
        )

    def _restore(
        self, plan: Plan, *, like: np.ndarray, progress: Callable[[float], object]
    ) -> np.ndarray:
        """Run a plan, and give the result the dtype and the channels of the plane it is of."""
        area = plan.image[:, :, 0].size
        scale, (height, width) = self.runner.scale, like.shape[:2]
        result = np.empty((scale * height, scale * width, *like.shape[2:]), dtype=like.dtype)
        run_plan(
            plan,
            self.runner,
            result=result,
            flat=flat_weights(plan.image),
            progress=lambda pixels: progress(pixels / area),
        )
        return result


def planes_of(image: np.ndarray) -> list[np.ndarray]:
    """What goes through the network: the colours, and the alpha channel where it varies."""
    colours, alpha = split_alpha(image)
    if alpha is None:
        return [colours]
    shown = fill_hidden(colours, alpha)
    return [shown] if alpha.min() == alpha.max() else [shown, alpha]


def geometry_for(size: tuple[int, int], *, tile: int, runner: Runner) -> Geometry:
    """How regions are formed on an image (height, width): of bounded size, whatever the tile.

    Nothing is gained by a tile larger than the image, which would have to be padded to it.
    """
    usual = Geometry()
    tile = min(tile, max(usual.tile, min(size)))
    if tile <= usual.tile:
        return replace(usual, tile=tile)
    return replace(
        usual,
        tile=tile,
        limit=max(1, usual.limit * usual.tile // tile),
        batch_size=max(1, runner.batch_size * usual.tile**2 // tile**2),
    )


def check_arguments(
    model: object, *, scale: object, tile: object, backend: object, precision: object
) -> None:
    """Raise ClassSRError for an argument of a wrong kind or out of its range."""
    if not isinstance(model, (str, Path)):
        raise ClassSRError(f"model {model!r}: expected a name or a path")
    if not isinstance(tile, int) or tile < SMALLEST_TILE:
        raise ClassSRError(f"tile {tile}: expected at least {SMALLEST_TILE}")
    number = isinstance(scale, (int, float)) and 0 < scale <= LARGEST_SCALE
    if scale is not None and not number:
        raise ClassSRError(f"scale {scale}: expected more than 0 and at most {LARGEST_SCALE}")
    for name, given, known in (
        ("backend", backend, get_args(Backend)),
        ("precision", precision, get_args(Precision)),
    ):
        if given not in known:
            raise ClassSRError(f"{name} {given}: expected one of {', '.join(known)}")
