"""Conversion of graphs to ONNX by paddle2onnx, which ends the process on operators it lacks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classsr.errors import ClassSRError

# Operators that paddle2onnx converts, as the graphs of the shipped backbones show. A graph of
# these alone is converted in this process; any other in a process of its own, which takes seconds.
KNOWN = frozenset(
    {
        "add", "assign_value_", "batch_norm_", "combine", "concat", "conv2d", "conv2d_transpose",
        "data", "depthwise_conv2d", "fetch", "flatten", "full", "full_int_array", "index_select",
        "mean", "multiply", "pad3d", "pixel_shuffle", "pool2d", "prelu", "relu", "reshape", "scale",
        "sigmoid", "squeeze", "tile", "transpose", "unsqueeze",
    }
)  # fmt: skip
PATIENCE = 600  # seconds

_CONVERT = (
    "import sys, paddle2onnx; paddle2onnx.export(*sys.argv[1:4], opset_version=int(sys.argv[4]), "
    "auto_upgrade_opset=False, optimize_tool='none')"
)


class ConversionError(ClassSRError):
    """A network has no form in ONNX."""


def unknown_operators(graph: Path) -> set[str]:
    """The operators of a saved graph that are not `KNOWN`; parameters are none."""
    program = json.loads(graph.read_bytes())["program"]
    return {name.partition(".")[2] for name in _names(program)} - KNOWN - {""}


def _names(node: Any) -> Iterator[str]:
    for region in node.get("regions", []):
        for block in region["blocks"]:
            for operator in block["ops"]:
                yield operator["#"]
                yield from _names(operator)


def convert_in_own_process(graph: Path, weights: Path, *, opset: int, unknown: set[str]) -> bytes:
    """Convert where an end of the process does no harm; ConversionError where it fails."""
    target = graph.with_suffix(".converted")
    words = [sys.executable, "-c", _CONVERT, *map(str, (graph, weights, target, opset))]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
        ended = f"ended with code {done.returncode}"
    except subprocess.TimeoutExpired:
        ended = f"took over {PATIENCE} seconds"
    try:
        return target.read_bytes()
    except OSError:
        raise ConversionError(
            f"cannot be written as ONNX: paddle2onnx {ended}; operators that no shipped network "
            f"has: {', '.join(sorted(unknown))}"
        ) from None
    finally:
        target.unlink(missing_ok=True)
