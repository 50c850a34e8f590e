"""What of a job is still to be done: results tell what they were made from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classsr.errors import ClassSRError
from classsr.images.origin import Origin, read_origin
from classsr.inference.pictures.jobs import Job
from classsr.runtime.export import MANIFEST
from classsr.system.files import is_there, read_bytes


@dataclass(frozen=True)
class Due:
    """result, class_map: whether it is to be written; again: whether it was there before."""

    result: bool
    class_map: bool
    again: bool = False

    def __bool__(self) -> bool:
        return self.result or self.class_map


def made_with(
    model: Path,
    *,
    scale: float | None,
    tile: int,
    precision: str,
    budget: str | float | None,
    quality: int | None,
    frames: str = "first",
) -> Origin:
    """The settings that change a result, with the checksum of the model."""
    content = read_bytes(model / MANIFEST if model.is_dir() else model)
    return {
        "model": hashlib.sha256(content).hexdigest(),
        "scale": scale,
        "tile": tile,
        "precision": precision,
        "budget": budget,
        "quality": quality,
        "frames": frames,
    }


def origin_of(source: Path, settings: Mapping[str, Any]) -> Origin:
    """The settings with the size and the time of a picture's file, and where it lies.

    Of the place only a checksum, because results are passed on.
    """
    try:
        status = source.stat()
    except OSError as error:
        raise ClassSRError(f"{source}: cannot be read ({error.strerror})") from error
    place = hashlib.sha256(os.fsencode(os.path.realpath(source))).hexdigest()[:16]
    size, time = status.st_size, status.st_mtime_ns
    return {**settings, "bytes": size, "nanoseconds": time, "place": place}


def map_origin(origin: Origin) -> Origin:
    """The origin of a class map, which has no scale and no quality."""
    rest = {key: value for key, value in origin.items() if key not in ("scale", "quality")}
    return {**rest, "map_of": "classes"}


def due_of(job: Job, origin: Origin, *, overwrite: bool) -> Due:
    """What is missing, was made otherwise, or is to be done again because of `overwrite`.

    Raises ClassSRError where a file that does not tell its origin, or that was made from another
    picture, would be replaced; `overwrite` allows that.
    """
    result = _is_due(job.target, origin, overwrite=overwrite)
    class_map = job.class_map is not None and _is_due(
        job.class_map, map_origin(origin), overwrite=overwrite
    )
    return Due(result, class_map, again=result and is_there(job.target))


def _is_due(path: Path, origin: Origin, *, overwrite: bool) -> bool:
    if overwrite or not is_there(path) or not path.is_file():
        return True
    found = read_origin(path)
    if found is None:
        raise ClassSRError(
            f"{path}: is there and does not tell that upscale made it; --overwrite replaces it"
        )
    if {**found, "place": None} == {**origin, "place": None}:
        return False
    if found.get("place") != origin["place"]:
        raise ClassSRError(
            f"{path}: was made from another picture; choose another folder, or --overwrite"
        )
    return True
