"""Networks as graphs of any batch, height and width, for Paddle Inference and as ONNX."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paddle
from paddle import nn

from classsr.errors import ClassSRError
from classsr.models.deploy import deploy
from classsr.runtime.conversion import convert_in_own_process, unknown_operators

OPSET = 13
INPUT = "lr"  # name of the graphs' only input, (N, 3, H, W) in [0, 1]


class _Untranslated(nn.Layer):
    """A network whose Python code is run as it is while its graph is recorded.

    Paddle would first translate the code of every layer for the sake of branches on tensor
    values, of which the networks here have none; for RCAN that takes most of a minute.
    """

    def __init__(self, network: nn.Layer) -> None:
        super().__init__()
        self.network = network
        self._run = paddle.jit.not_to_static(network.forward)

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        return self._run(lr)


def as_graph(network: nn.Layer) -> nn.Layer:
    """A network, or one that shares its weights, compiled for any batch, height and width.

    It is recorded in the mode, training or evaluation, in which the network is at its first call.
    """
    spec = paddle.static.InputSpec([None, 3, None, None], "float32", name=INPUT)
    return paddle.jit.to_static(_Untranslated(network), input_spec=[spec], full_graph=True)


def save_inference_model(network: nn.Layer, path: Path) -> list[Path]:
    """Write <path>.json, the deployed graph, and <path>.pdiparams, its weights; returns both."""
    deployed = deploy(network)
    deployed.eval()
    paddle.jit.save(as_graph(deployed), str(path))
    return [path.with_name(path.name + suffix) for suffix in (".json", ".pdiparams")]


def to_onnx(network: nn.Layer) -> bytes:
    """A network as an ONNX model.

    Raises ClassSRError where paddle2onnx is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        return onnx_of(*save_inference_model(network, Path(folder) / "network"))


def onnx_of(graph: Path, weights: Path) -> bytes:
    """The ONNX model of what `save_inference_model` wrote.

    Raises ConversionError for a network that has no form in ONNX.
    """
    try:
        import paddle2onnx
    except ImportError as error:
        raise ClassSRError(
            f"paddle2onnx cannot be imported ({error}); "
            f"install it with: pip install 'classsr[openvino]'"
        ) from error
    unknown = unknown_operators(graph)
    if unknown:
        return convert_in_own_process(graph, weights, opset=OPSET, unknown=unknown)
    with _stdout_to_nowhere():  # it reports its progress there
        model: bytes = paddle2onnx.export(
            str(graph),
            str(weights),
            opset_version=OPSET,
            auto_upgrade_opset=False,
            optimize_tool="none",  # its optimisers install packages while they run
        )
    return model


@contextmanager
def _stdout_to_nowhere() -> Iterator[None]:
    """Drop what native code writes to the process's standard output."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
