"""One picture from file to file; whatever goes wrong is told and stops no other picture."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from classsr.errors import ClassSRError
from classsr.images.formats import check_writable
from classsr.images.origin import with_origin
from classsr.images.picture import Picture
from classsr.images.picture_reader import read_picture
from classsr.images.picture_writer import write_picture
from classsr.images.rgb import encode_image, to_float
from classsr.inference.class_map import class_map
from classsr.inference.full import Plan
from classsr.inference.pictures.due import Due, due_of, map_origin, origin_of
from classsr.inference.pictures.jobs import Job
from classsr.inference.upscaler import Upscaler
from classsr.inference.usage import Usage, usage_of
from classsr.system.files import write_atomic
from classsr.system.memory import available_memory

# Of the result's bytes, what the result and its encoder hold at once; measured on a JPEG of
# 12000x9000 pixels, which peaks at 13.3 GB.
COPIES = 2.6
BESIDES = 2**28  # bytes for strips and batches

log = logging.getLogger("classsr")


@dataclass(frozen=True)
class Outcome:
    """What became of a job: `usage` where the picture was upscaled, `error` where it failed.

    Neither where nothing was left to do, or only its class map.
    """

    job: Job
    usage: Usage | None = None
    error: str | None = None


@dataclass(frozen=True)
class Attempt:
    """Does jobs, as a function that other processes can be given.

    settings: what changes a result (see `made_with`), noted in its file.
    overwrite: do again what is finished, and replace files of unknown origin.
    share: of the memory that is available, which this process may take.
    """

    settings: Mapping[str, Any]
    overwrite: bool = False
    quality: int | None = None
    share: float = 1.0

    def __call__(
        self, job: Job, upscaler: Upscaler, progress: Callable[[float], object] = lambda share: None
    ) -> Outcome:
        """Upscale a picture, whatever comes; KeyboardInterrupt alone passes."""
        try:
            return Outcome(job, usage=self._upscale(job, upscaler, progress))
        except ClassSRError as error:
            return Outcome(job, error=str(error))
        except MemoryError:
            reason = "too large for the memory; cut it into parts or free memory"
        except Exception as error:
            log.debug("%s", job.source, exc_info=True)
            reason = f"cannot be upscaled ({type(error).__name__}: {error})"
        return Outcome(job, error=f"{job.source}: {reason}")

    def due(self, job: Job) -> Due:
        """What of a job is still to be done (see `due_of`)."""
        return due_of(job, origin_of(job.source, self.settings), overwrite=self.overwrite)

    def _upscale(
        self, job: Job, upscaler: Upscaler, progress: Callable[[float], object]
    ) -> Usage | None:
        """Write what is due; the result comes last."""
        origin = origin_of(job.source, self.settings)
        due = self.due(job)
        if not due:
            return None
        picture = read_picture(job.source)
        num_classes = upscaler.runner.num_classes
        if not due.result:
            _write_map(job, upscaler.decide(picture.pixels)[0], num_classes, origin)
            return None
        check_writable(job.target, picture, scale=upscaler.scale)
        check_memory(job, picture, upscaler, share=self.share)
        begin = time.perf_counter()
        upscaled = upscaler.upscale(picture.pixels, progress=progress)
        seconds = time.perf_counter() - begin
        if due.class_map:
            _write_map(job, upscaled.plans[0], num_classes, origin)
        result = replace(picture, pixels=upscaled.image)
        write_picture(job.target, result, quality=self.quality, origin=origin)
        return usage_of(upscaled.plans, num_classes=num_classes, seconds=seconds)


def check_memory(job: Job, picture: Picture, upscaler: Upscaler, *, share: float) -> None:
    """Raise ClassSRError where the result of a picture will not fit into the memory."""
    need = memory_need(picture.pixels.nbytes, scale=upscaler.scale, network=upscaler.runner.scale)
    free = share * available_memory()
    if need > free:
        raise ClassSRError(
            f"{job.source}: its result takes {need / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB "
            f"are free; cut it into parts, free memory or lower --scale or --processes"
        )


def memory_need(size: int, *, scale: float, network: int) -> float:
    """Bytes that upscaling takes at its peak, besides what the network itself takes.

    size: bytes of the picture's pixels; scale: of the result; network: of the network, whose
        result is resized where it is not the same.
    """
    first = size * network**2 if scale != network else 0
    return first + COPIES * size * scale**2 + BESIDES


def _write_map(job: Job, plan: Plan, num_classes: int, origin: Mapping[str, Any]) -> None:
    assert job.class_map is not None
    tinted = encode_image(job.class_map, overview(plan, num_classes=num_classes))
    write_atomic(job.class_map, with_origin(tinted, map_origin(dict(origin))))


def overview(plan: Plan, *, num_classes: int) -> np.ndarray:
    """The picture in its own size, tinted by class, uint8."""
    levels = to_float(plan.image[: plan.height, : plan.width]) * 255
    return class_map(levels, plan.tiling, plan.classes, num_classes=num_classes)
