"""How long a network takes on an image: one case, measured in the process that asks for it.

Times do not depend on weights, so they are random; the tiles are ranked by their detail and
parted into thirds, which is what the classifier is trained for.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import paddle
from paddle import nn

from classsr.convert import to_onnx
from classsr.flops import count_parts
from classsr.full import full_protocol
from classsr.models.spec import create
from classsr.routing import Router, most_probable
from classsr.runtime import Backend, Precision, Runner, choose_runner
from classsr.superresolve import paper_protocol, to_batch
from classsr.tiling import Tiling, cut, full_tiling, paper_tiling

SIZES = {"2K": (339, 510), "4K": (540, 960), "8K": (1080, 1920)}  # of the LR image
LARGEST_CALL = 200_000  # LR pixels that go through a network in one call
ENOUGH = 10.0  # seconds after which a measurement is not repeated
EAGER_STRIP = 60  # LR rows, two rows of tiles, that stand for the image where tiles go singly

Method = Literal["eager", "paddle", "inference", "openvino"]
Result = TypeVar("Result")
Job = Literal["paper", "full", "alone"]


@dataclass(frozen=True)
class Case:
    """What is measured.

    method: a backend; or eager, Paddle with one tile at a time, as the original does it.
    job: ClassSR under one of the protocols, or a plain network alone.
    """

    method: Method
    precision: Precision
    job: Job


@dataclass(frozen=True)
class Timing:
    """What a case takes.

    seconds: from decoded image to merged result, the best of three after one to warm up; where
        tiles go singly, those of a strip of the image and the rest in proportion.
    tiles: 32x32 tiles' worth of the image's area for each second.
    macs: multiply-accumulates of the networks for each second, overlaps included.
    memory: MB that the process took at most, Python, Paddle and the conversion included.
    """

    seconds: float
    tiles: float
    macs: float
    memory: float


def measure(spec: dict[str, Any], case: Case, image: np.ndarray) -> Timing:
    """Time a network, described as in `models.spec`, on an LR image (H, W, 3)."""
    paddle.seed(0)
    network = create(spec, scale=4)
    network.eval()
    cost = count_parts(network)
    backend: Backend = "paddle" if case.method == "eager" else case.method
    runner = choose_runner(network, backend=backend, precision=case.precision)
    if case.method == "eager":
        strip = image[:EAGER_STRIP]
        tilings = [paper_tiling(*part.shape[:2]) for part in (image, strip)]
        times = len(tilings[0]) / len(tilings[1])
        route = thirds(strip, tilings[1])
        seconds, restored = best_of(lambda: paper_protocol(strip, runner, batch=1, route=route))
    elif case.job == "paper":
        times, route = 1.0, thirds(image, paper_tiling(*image.shape[:2]))
        seconds, restored = best_of(lambda: paper_protocol(image, runner, route=route))
    else:
        times, route = 1.0, thirds(image, full_tiling(*image.shape[:2]))
        if case.job == "alone":
            route = most_probable
        seconds, restored = best_of(lambda: full_protocol(image, runner, route=route))
        if case.job == "alone" and image[:, :, 0].size <= LARGEST_CALL:
            seconds = min(seconds, in_one_call(network, runner, case, image))
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


def thirds(image: np.ndarray, tiling: Tiling) -> Router:
    """A router that parts the tiles of an image into three classes of one size by their detail."""
    detail = np.abs(np.diff(cut(image, tiling).astype(np.float32), axis=2)).mean(axis=(1, 2, 3))
    classes = 3 * detail.argsort().argsort() // len(detail)
    return lambda logits: classes


def in_one_call(network: nn.Layer, runner: Runner, case: Case, image: np.ndarray) -> float:
    """Seconds of a plain network on the whole image at once, on all cores."""
    if case.method == "openvino":
        from classsr.runtime.openvino_runner import OpenVINORunner

        runner = OpenVINORunner(
            classifier=None,
            branches=[to_onnx(network)],
            scale=network.scale,
            bfloat16=[case.precision == "bfloat16"],
            streams=1,
        )
    seconds, _ = best_of(
        lambda: runner.restore(to_batch(image[None]), 0)[0].clip(0, 1).transpose(1, 2, 0) * 255
    )
    return seconds


def best_of(run: Callable[[], Result], times: int = 3) -> tuple[float, Result]:
    """The shortest time of some runs after one to warm up, and the last result."""
    seconds = []
    for _ in range(times + 1):
        begin = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - begin)
        if sum(seconds) > ENOUGH:
            break
    return min(seconds), result
