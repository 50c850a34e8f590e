"""Measured seconds in the user's cache folder, with what they depend on."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import process_time as processor_time
from typing import Any

from classsr.errors import ClassSRError
from classsr.inference.full_protocol import Geometry
from classsr.inference.seconds import METHOD, Seconds, measure_seconds
from classsr.runtime.runner import Runner
from classsr.system.clock import timed
from classsr.system.cpu import own_threads, processor
from classsr.system.files import write_atomic
from classsr.system.locks import locked

LEAST_SHARE = 0.5  # of the cores, that a measurement had for itself if it is to be kept for good
KEPT = 3600  # seconds for which another one is kept

log = logging.getLogger("classsr")


def cached_seconds(
    runner: Runner, *, geometry: Geometry, model: Path, precision: str
) -> tuple[Seconds, dict[str, Any]]:
    """What was measured before for a model on this machine, or is now; and what it depends on.

    What was measured while other processes had most of the machine is kept for an hour, so that
    a run that is killed and repeated decides as it did before. Processes that start together
    measure once.

    model: the checkpoint, or the manifest of an exported folder; precision: as asked for.
    """
    depends = dependencies(runner, geometry=geometry, model=model, precision=precision)
    path = cache_file(depends)
    found = read(path, depends)
    if found is None:
        with _one_at_a_time(path.parent):
            found = read(path, depends) or _measured(runner, geometry, depends, path)
    return found, depends


def _measured(runner: Runner, geometry: Geometry, depends: dict[str, Any], path: Path) -> Seconds:
    """Measure, and keep what was found as far as the cache can be written."""
    log.info("measuring what the branches take on this machine, once: %s", path)
    before = processor_time()
    wall, seconds = timed(partial(measure_seconds, runner, geometry=geometry))
    content: dict[str, Any] = {"depends": depends, "seconds": asdict(seconds)}
    if processor_time() - before < LEAST_SHARE * max(1, runner.streams - 1) * wall:
        log.info("other processes kept the machine busy; it will be measured again in an hour")
        content["until"] = time.time() + KEPT
    try:
        write_atomic(path, (json.dumps(content, indent=1) + "\n").encode())
    except ClassSRError as error:
        log.info("%s; it will be measured again", error)
    return seconds


def _one_at_a_time(folder: Path) -> AbstractContextManager[None]:
    """Keeps other processes out of a folder, where there can be one."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    usable = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
    return locked(folder, wait=True) if usable else nullcontext()


def dependencies(
    runner: Runner, *, geometry: Geometry, model: Path, precision: str
) -> dict[str, Any]:
    """All that measured seconds depend on."""
    return {
        "model": hashlib.sha256(model.read_bytes()).hexdigest(),
        "method": METHOD,
        "backend": type(runner).__name__,
        "precision": precision,
        "geometry": asdict(geometry),
        "streams": runner.streams,
        "threads": own_threads(),
        "processor": processor(),
        "versions": {name: installed(name) for name in ("classsr", "openvino", "paddlepaddle")},
    }


def cache_file(depends: dict[str, Any]) -> Path:
    """Where seconds with these dependencies are kept."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
    return root / "classsr" / f"seconds-{digest[:16]}.json"


def read(path: Path, depends: dict[str, Any]) -> Seconds | None:
    """The seconds of a cache file; None where there is none, or it is out of date or not whole."""
    try:
        content = json.loads(path.read_bytes())
        if content["depends"] != depends or time.time() > content.get("until", math.inf):
            return None
        found = content["seconds"]
        curves = [[(int(area), float(time)) for area, time in c] for c in found["windows"]]
        return Seconds(float(found["classifier"]), tuple(map(tuple, curves)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def installed(name: str) -> str:
    """The version of a package, empty where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
