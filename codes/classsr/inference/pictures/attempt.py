"""One picture from file to file; whatever goes wrong is told and stops no other picture."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from classsr.errors import ClassSRError
from classsr.images.formats import check_writable
from classsr.images.origin import with_origin
from classsr.images.picture import Picture
from classsr.images.picture_reader import read_pictures
from classsr.images.picture_writer import write_pictures
from classsr.images.rgb import encode_image, to_float
from classsr.inference.class_map import class_map
from classsr.inference.full_protocol import Plan
from classsr.inference.pictures.due import Due, due_of, map_origin, origin_of
from classsr.inference.pictures.jobs import Job
from classsr.inference.upscaler import Upscaler
from classsr.inference.usage import Usage, total, usage_of
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


class InRows(Protocol):
    """Does what does not fit into memory, and maps (see `rasters.in_rows`)."""

    def takes(self, job: Job, upscaler: Upscaler) -> bool:
        """Whether a picture is one of these."""
        ...

    def __call__(
        self,
        job: Job,
        upscaler: Upscaler,
        origin: dict[str, Any],
        progress: Callable[[float], object],
    ) -> Usage:
        """Upscale it from file to file."""
        ...


@dataclass(frozen=True)
class Attempt:
    """Does jobs, as a function that other processes can be given.

    settings: what changes a result (see `made_with`), noted in its file.
    frames: of an animation, "first" or "all".
    overwrite: do again what is finished, and replace files of unknown origin.
    quality: of the files, see `write_pictures`.
    share: of the memory that is available, which this process may take.
    in_rows: for pictures that are not read whole.
    """

    settings: Mapping[str, Any]
    overwrite: bool = False
    frames: str = "first"
    quality: int | None = None
    share: float = 1.0
    in_rows: InRows | None = None

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
        if self.in_rows is not None and self.in_rows.takes(job, upscaler):
            return self.in_rows(job, upscaler, origin, progress) if due.result else None
        pictures = read_pictures(job.source, frames=self.frames)
        if not due.result:
            (plan, *_) = upscaler.decide(next(iter(pictures)).pixels)
            _write_map(job, plan, upscaler, origin)
            return None
        num_classes = upscaler.runner.num_classes
        usages: list[Usage] = []
        held = 1 if pictures.plays is None else pictures.count  # an animation is encoded at once

        def upscaled() -> Iterator[Picture]:
            """One page or frame after the other, so that one is in memory at a time."""
            for picture in pictures:
                check_writable(job.target, picture, scale=upscaler.scale, count=pictures.count)
                check_memory(job, picture, upscaler, count=held, share=self.share)
                begin = time.perf_counter()
                result = upscaler.upscale(
                    picture.pixels, progress=lambda share: progress(share / pictures.count)
                )
                seconds = time.perf_counter() - begin
                usages.append(usage_of(result.plans, num_classes=num_classes, seconds=seconds))
                if due.class_map and len(usages) == 1:
                    _write_map(job, result.plans[0], upscaler, origin)
                yield replace(picture, pixels=result.image)

        write_pictures(
            job.target, upscaled(), plays=pictures.plays, quality=self.quality, origin=origin
        )
        return total(usages)


def check_memory(
    job: Job, picture: Picture, upscaler: Upscaler, *, count: int, share: float
) -> None:
    """Raise ClassSRError where so many such pictures' results will not fit into memory.

    What the network itself takes is not counted.
    """
    size = count * picture.pixels.nbytes
    scale, network = upscaler.scale, upscaler.runner.scale
    first = size * network**2 if scale != network else 0  # of which the result is resized
    need = first + COPIES * size * scale**2 + BESIDES
    free = share * available_memory()
    if need > free:
        raise ClassSRError(
            f"{job.source}: its result takes {need / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB "
            f"are free; cut it into parts, free memory or lower --scale or --processes"
        )


def _write_map(job: Job, plan: Plan, upscaler: Upscaler, origin: Mapping[str, Any]) -> None:
    """Write the picture in its own size, tinted by class."""
    assert job.class_map is not None
    levels = to_float(plan.image[: plan.height, : plan.width]) * 255
    number = upscaler.runner.num_classes
    tinted = class_map(levels, plan.tiling, plan.classes, num_classes=number)
    content = encode_image(job.class_map, tinted)
    write_atomic(job.class_map, with_origin(content, map_origin(dict(origin))))
