"""How long a network takes on an image: one case, measured in the process that asks for it.

Times do not depend on weights, so they are random; the tiles are ranked by their detail and
split into thirds, which is what the classifier is trained for.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import paddle

from classsr.errors import ClassSRError
from classsr.inference.full_protocol import Geometry, full_protocol, one_branch, restore_plan
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.routing import Router
from classsr.inference.run_tiles import Restored
from classsr.inference.tile_grid import Tiling, cut_tiles, full_tiling, paper_tiling
from classsr.models.spec import create
from classsr.runtime.export import read_manifest
from classsr.runtime.load import exported_cost
from classsr.runtime.pixels import to_batch
from classsr.runtime.runner import Runner
from classsr.runtime.select import Backend, Precision, choose_runner, exported_runner
from classsr.system.clock import timed

SIZES = {"2K": (339, 510), "4K": (540, 960), "8K": (1080, 1920)}  # of the LR image
LARGEST_CALL = 200_000  # LR pixels that go through a branch alone in one call
ENOUGH = 10.0  # seconds after which a measurement is not repeated
EAGER_STRIP = 60  # LR rows, two rows of tiles, that stand for the image where tiles go singly

Method = Literal["eager", "paddle", "inference", "openvino"]
Result = TypeVar("Result")
Workload = Literal["paper", "full", "one call", "regions"]


@dataclass(frozen=True)
class Case:
    """What is measured.

    method: a backend; or eager, Paddle with one tile at a time, as the original does it.
    job: ClassSR under one of the protocols, or one branch alone on the whole image, in one call or
        in the regions of the full protocol.
    branch: which one, 0 the simplest.
    """

    method: Method
    precision: Precision
    job: Workload
    branch: int = 0


@dataclass(frozen=True)
class Timing:
    """What a case takes.

    seconds: from decoded image to merged result, the best of three after one to warm up; where
        tiles go singly, those of a strip of the image and the rest in proportion.
    tiles: 32x32 tiles' worth of the image's area for each second.
    macs: multiply-accumulates of the networks for each second, overlaps included.
    memory: MB that the process took at most, Python and libraries included.
    """

    seconds: float
    tiles: float
    macs: float
    memory: float


def measure_case(case: Case, image: np.ndarray, *, exported: Path) -> Timing:
    """Time a ClassSR network on an LR image (H, W, 3).

    exported: the network as `export` writes it. OpenVINO runs that, Paddle one of the same
        description.
    """
    runner, cost = open_runner(case, exported), exported_cost(read_manifest(exported))
    times = 1.0
    run: Callable[[], Restored]
    if case.method == "eager":
        strip = image[:EAGER_STRIP]
        tilings = [paper_tiling(*part.shape[:2]) for part in (image, strip)]
        times = len(tilings[0]) / len(tilings[1])
        run = partial(paper_protocol, strip, runner, batch_size=1, route=thirds(strip, tilings[1]))
    elif case.job == "paper":
        route = thirds(image, paper_tiling(*image.shape[:2]))
        run = partial(paper_protocol, image, runner, route=route)
    elif case.job == "full":
        route = thirds(image, full_tiling(*image.shape[:2]))
        run = partial(full_protocol, image, runner, route=route)
    else:
        alone = in_regions if case.job == "regions" else in_one_call
        run = partial(alone, image, runner, case.branch)
    seconds, restored = best_of(run)
    flops = sum(
        branch.exact * times * pixels / cost.tile**2
        for branch, pixels in zip(cost.branches, restored.computed, strict=True)
    )
    return Timing(
        seconds=times * seconds,
        tiles=image[:, :, 0].size / cost.tile**2 / (times * seconds),
        macs=flops / 2 / (times * seconds),
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def open_runner(case: Case, exported: Path) -> Runner:
    """The runner of a case."""
    if case.method == "openvino":
        # One call computes on all cores; tiles and regions come in several calls at a time.
        streams = 1 if case.job == "one call" else None
        return exported_runner(  # however much bfloat16 moves what random weights make
            exported, precision=case.precision, largest_error=math.inf, streams=streams
        )
    manifest = read_manifest(exported)
    paddle.seed(0)
    network = create(manifest.network, scale=manifest.scale)
    network.eval()
    backend: Backend = "paddle" if case.method == "eager" else case.method
    return choose_runner(network, backend=backend, precision=case.precision)


def in_regions(image: np.ndarray, runner: Runner, branch: int) -> Restored:
    """The whole image (H, W, 3) through one branch, as if the classifier sent all tiles there."""
    return restore_plan(one_branch(image, branch, Geometry()), runner)


def in_one_call(image: np.ndarray, runner: Runner, branch: int) -> Restored:
    """The whole image (H, W, 3) through one branch, in one call or in as few as memory allows."""
    height, width = image.shape[:2]
    rows = max(1, LARGEST_CALL // width)
    bands = []
    for top in range(0, height, rows):
        band = runner.run_branch(to_batch(image[None, top : top + rows]), branch)[0]
        band *= 255
        np.clip(band, 0, 255, out=band)
        bands.append(band.transpose(1, 2, 0))
    tiling = full_tiling(height, width)
    computed = np.zeros(runner.num_classes, dtype=np.int64)
    computed[branch] = height * width
    restored = bands[0] if len(bands) == 1 else np.concatenate(bands)
    classes = np.full(len(tiling), branch)
    return Restored(restored, tiling, classes, computed, height * width)


def thirds(image: np.ndarray, tiling: Tiling) -> Router:
    """A router that parts the tiles of an image into three classes of one size by their detail."""
    detail = np.abs(np.diff(cut_tiles(image, tiling).astype(np.float32), axis=2)).mean(
        axis=(1, 2, 3)
    )
    classes = 3 * detail.argsort().argsort() // len(detail)
    return lambda logits: classes


def best_of(run: Callable[[], Result], times: int = 3) -> tuple[float, Result]:
    """The shortest time of some runs after one to warm up, and the last result."""
    seconds = []
    for _ in range(times + 1):
        took, result = timed(run)
        seconds.append(took)
        if sum(seconds) > ENOUGH:
            break
    return min(seconds), result


def upscale(
    exported: Path, image: Path, *, precision: Precision, budget: str
) -> tuple[float, float]:
    """Run the command `upscale` on a picture; its seconds and its peak memory in MB.

    seconds: those of its report, from pixels to pixels, of the one and only picture.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "classsr", "upscale", "-i", str(image)]
        command += ["-o", str(folder / "sr.png"), "-n", str(exported), "--budget", budget]
        command += ["--precision", precision, "--report", str(folder / "report.json")]
        with (folder / "log").open("w+") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                log.seek(0)
                raise ClassSRError(f"{' '.join(command)}: {log.read().strip()}")
        report = json.loads((folder / "report.json").read_text())
    return report["total"]["seconds"], usage.ru_maxrss / 1024
