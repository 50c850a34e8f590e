"""Which runner computes a network, by the user's wish or by what the machine offers."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import paddle
from paddle import nn

from classsr.convert import to_onnx
from classsr.errors import ClassSRError
from classsr.export import read_manifest
from classsr.models import parts
from classsr.runtime.inference_runner import InferenceRunner
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.runner import Runner

Backend = Literal["auto", "paddle", "inference", "openvino"]
Precision = Literal["auto", "float32", "bfloat16"]

LARGEST_ERROR = 0.2  # grey levels, RMS: less than 0.03 dB at 40 dB PSNR

log = logging.getLogger("classsr")


def choose_runner(
    network: nn.Layer, *, backend: Backend = "auto", precision: Precision = "auto"
) -> Runner:
    """The runner for a network in evaluation mode, on Paddle's current device; logs the choice.

    Raises ClassSRError for a wish that this installation cannot fulfil.
    """
    backend, reason = choose_backend(backend, packages=("openvino", "paddle2onnx"))
    if backend != "openvino" and precision == "bfloat16":
        raise ClassSRError(
            f"precision bfloat16: only the OpenVINO backend computes it, and this is Paddle "
            f"({reason}); use precision float32"
        )
    if backend == "paddle":
        log.info("runner: Paddle on %s in float32 (%s)", paddle.get_device(), reason)
        return PaddleRunner(network)
    if backend == "inference":
        log.info("runner: Paddle Inference on the CPU in float32 (%s)", reason)
        return InferenceRunner(network)
    classifier, branches = parts(network)
    return _openvino(
        classifier=None if classifier is None else to_onnx(classifier),
        branches=[to_onnx(branch) for branch in branches],
        scale=network.scale,
        precision=precision,
        reason=reason,
    )


def exported_runner(folder: Path, *, precision: Precision = "auto") -> Runner:
    """An OpenVINO runner for what `export` wrote, without a detour over Paddle."""
    manifest = read_manifest(folder)
    _, reason = choose_backend("openvino", packages=("openvino",))
    classifier = manifest.classifier
    return _openvino(
        classifier=(folder / f"{classifier.name}.onnx").read_bytes() if classifier else None,
        branches=[(folder / f"{branch.name}.onnx").read_bytes() for branch in manifest.branches],
        scale=manifest.scale,
        precision=precision,
        reason=reason,
    )


def choose_backend(
    wish: Backend, *, packages: tuple[str, ...]
) -> tuple[Literal["paddle", "inference", "openvino"], str]:
    """The backend and the reason for it.

    packages: what the OpenVINO backend needs.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if wish == "openvino" and missing:
        raise ClassSRError(
            f"backend openvino: {' and '.join(missing)} not installed; "
            f"run: pip install 'classsr[openvino]'"
        )
    if wish != "auto":
        return wish, "as asked for"
    if not paddle.get_device().startswith("cpu"):
        return "paddle", "OpenVINO is for CPUs"
    if missing:
        return "paddle", f"{' and '.join(missing)} not installed"
    return "openvino", "the faster one on a CPU"


def _openvino(
    *,
    classifier: bytes | None,
    branches: list[bytes],
    scale: int,
    precision: Precision,
    reason: str,
) -> Runner:
    from classsr.runtime.openvino_runner import OpenVINORunner

    chosen, why = precision, "as asked for"
    if precision == "auto":
        chosen, why = choose_precision(branches[0])
    runner = OpenVINORunner(
        classifier=classifier, branches=branches, scale=scale, bfloat16=chosen == "bfloat16"
    )
    log.info("runner: OpenVINO (%s) in %s (%s), %d streams", reason, chosen, why, runner.streams)
    return runner


def choose_precision(branch: bytes) -> tuple[Literal["float32", "bfloat16"], str]:
    """The fastest precision that does not show, judged by one branch, and the reason for it."""
    from classsr.runtime.openvino_runner import bfloat16_error, computes_bfloat16

    if not computes_bfloat16():
        return "float32", "this processor does not compute bfloat16"
    error = bfloat16_error(branch)
    if error > LARGEST_ERROR:
        return "float32", f"bfloat16 would change bright areas by {error:.1f} grey levels"
    return "bfloat16", f"this processor computes it, and it changes values by {error:.2f} levels"
