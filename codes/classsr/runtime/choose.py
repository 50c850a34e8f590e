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
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.runner import Runner

Backend = Literal["auto", "paddle", "openvino"]
Precision = Literal["auto", "float32", "bfloat16"]

log = logging.getLogger("classsr")


def choose_runner(
    network: nn.Layer, *, backend: Backend = "auto", precision: Precision = "auto"
) -> Runner:
    """The runner for a network in evaluation mode, on Paddle's current device; logs the choice.

    Raises ClassSRError for a wish that this installation cannot fulfil.
    """
    backend, reason = choose_backend(backend, packages=("openvino", "paddle2onnx"))
    if backend == "paddle":
        if precision == "bfloat16":
            raise ClassSRError(
                f"precision bfloat16: only the OpenVINO backend computes it, and this is Paddle "
                f"({reason}); use precision float32"
            )
        log.info("runner: Paddle on %s in float32 (%s)", paddle.get_device(), reason)
        return PaddleRunner(network)
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
) -> tuple[Literal["paddle", "openvino"], str]:
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
    from classsr.runtime.openvino_runner import OpenVINORunner, computes_bfloat16

    chosen, why = precision, "as asked for"
    if chosen == "auto" and computes_bfloat16():
        chosen, why = "bfloat16", "this processor computes it natively"
    elif chosen == "auto":
        chosen, why = "float32", "this processor has no bfloat16"
    runner = OpenVINORunner(
        classifier=classifier, branches=branches, scale=scale, bfloat16=chosen == "bfloat16"
    )
    log.info("runner: OpenVINO (%s) in %s (%s), %d streams", reason, chosen, why, runner.streams)
    return runner
