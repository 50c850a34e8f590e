"""Which runner computes a network, as asked for or by what the machine offers."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import paddle
from paddle import nn

from classsr.errors import ClassSRError
from classsr.models.classsr import split_network
from classsr.runtime.conversion import ConversionError
from classsr.runtime.export import read_manifest
from classsr.runtime.graphs import to_onnx
from classsr.runtime.paddle_runner import InferenceRunner, PaddleRunner
from classsr.runtime.runner import Runner

Backend = Literal["auto", "paddle", "inference", "openvino"]
Precision = Literal["auto", "float32", "bfloat16"]

# How far bfloat16 may move bright areas, in grey levels (RMS). "auto" takes it below 0.03 dB at
# 40 dB PSNR; asked for explicitly, as much as rounding to 8 bits may do anyway.
LARGEST_ERROR: dict[Precision, float] = {"auto": 0.2, "bfloat16": 0.5}

log = logging.getLogger("classsr")


def choose_runner(
    network: nn.Layer, *, backend: Backend = "auto", precision: Precision = "auto"
) -> Runner:
    """The runner for a network in evaluation mode, on Paddle's current device; logs the choice.

    Raises ClassSRError for a request that this installation cannot fulfil.
    """
    requested = backend
    backend, reason = choose_backend(requested, packages=("openvino", "paddle2onnx"))
    if backend != "openvino" and precision == "bfloat16":
        raise ClassSRError(
            f"precision bfloat16: only the OpenVINO backend computes it, and this is Paddle "
            f"({reason}); use precision float32"
        )
    if backend == "paddle":
        log.info("computing with Paddle on %s (%s)", paddle.get_device(), reason)
        return PaddleRunner(network)
    if backend == "inference":
        log.info("computing with Paddle Inference on the CPU (%s)", reason)
        return InferenceRunner(network)
    parts = split_network(network)
    try:
        classifier, *branches = (part and to_onnx(part) for part in (parts[0], *parts[1]))
    except ConversionError as error:
        if requested == "openvino" or precision == "bfloat16":
            raise
        log.warning("runner: Paddle on the CPU in float32 (the network %s)", error)
        return PaddleRunner(network)
    return _openvino(
        classifier=classifier,
        branches=branches,
        scale=network.scale,
        precision=precision,
        reason=reason,
    )


def exported_runner(
    folder: Path,
    *,
    precision: Precision = "auto",
    largest_error: float | None = None,
    streams: int | None = None,
) -> Runner:
    """An OpenVINO runner for what `export` wrote, without a detour over Paddle.

    largest_error: in place of that of `LARGEST_ERROR`; streams: see `OpenVINORunner`.
    Raises ClassSRError for graphs that are not those of the manifest.
    """
    manifest = read_manifest(folder)
    _, reason = choose_backend("openvino", packages=("openvino",))
    classifier, scale = manifest.classifier, manifest.scale
    tile = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    try:
        runner = _openvino(
            classifier=(folder / f"{classifier.name}.onnx").read_bytes() if classifier else None,
            branches=[(folder / f"{part.name}.onnx").read_bytes() for part in manifest.branches],
            scale=scale,
            precision=precision,
            largest_error=largest_error,
            streams=streams,
            reason=reason,
        )
        shapes = {runner.run_branch(tile, number).shape for number in range(runner.num_classes)}
    except (RuntimeError, ValueError) as error:  # of OpenVINO, and of shapes
        raise ClassSRError(
            f"{folder}: holds a graph that OpenVINO cannot run; export the checkpoint again"
        ) from error
    if shapes != {(1, 8 * scale, 8 * scale, 3)}:
        raise ClassSRError(
            f"{folder}: its branches do not enlarge {scale} times; export the checkpoint again"
        )
    return runner


def choose_backend(
    requested: Backend, *, packages: tuple[str, ...]
) -> tuple[Literal["paddle", "inference", "openvino"], str]:
    """The backend and the reason for it.

    packages: what the OpenVINO backend needs.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if requested == "openvino" and missing:
        raise ClassSRError(
            f"backend openvino: {' and '.join(missing)} not installed; "
            f"run: pip install 'classsr[openvino]'"
        )
    if requested != "auto":
        return requested, "as asked for"
    if not paddle.get_device().startswith("cpu"):
        return "paddle", "OpenVINO is for CPUs"
    if missing:
        return "paddle", f"{' and '.join(missing)} not installed"
    return "openvino", "the fastest on a CPU"


def _openvino(
    *,
    classifier: bytes | None,
    branches: list[bytes],
    scale: int,
    precision: Precision,
    largest_error: float | None = None,
    streams: int | None = None,
    reason: str,
) -> Runner:
    from classsr.runtime.openvino_runner import OpenVINORunner

    bfloat16, why = choose_precisions(branches, precision, largest_error=largest_error)
    runner = OpenVINORunner(
        classifier=classifier,
        branches=branches,
        scale=scale,
        bfloat16=bfloat16,
        streams=streams,
    )
    log.info("computing with OpenVINO on the CPU (%s)", reason)
    log.debug("%s; %d streams", why, runner.streams)
    return runner


def choose_precisions(
    branches: list[bytes], requested: Precision, *, largest_error: float | None = None
) -> tuple[list[bool], str]:
    """Which branches run in bfloat16, and a sentence about it.

    A branch that bfloat16 would change too much stays in float32, even where it was asked for.

    largest_error: in grey levels, in place of that of `LARGEST_ERROR`.
    """
    from classsr.runtime.openvino_runner import bfloat16_error, computes_bfloat16

    if requested == "float32":
        return [False] * len(branches), "float32 as asked for"
    if requested == "auto" and not computes_bfloat16():
        return [False] * len(branches), "float32 because this processor does not compute bfloat16"
    errors = [bfloat16_error(branch) for branch in branches]
    bound = LARGEST_ERROR[requested] if largest_error is None else largest_error
    chosen = [error <= bound for error in errors]
    names = ["bfloat16" if small else "float32" for small in chosen]
    told = " / ".join(f"{name} ({e:.2f})" for name, e in zip(names, errors, strict=True))
    return chosen, f"branches in {told}: grey levels by which bfloat16 moves bright areas"
