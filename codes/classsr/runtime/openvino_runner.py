"""The fast runner on CPUs: OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any

import numpy as np
import openvino

from classsr.errors import ClassSRError
from classsr.models.classifier import PATCH
from classsr.system.cpu import tiles_in_cache


def computes_bfloat16() -> bool:
    """Whether OpenVINO would choose bfloat16 by itself, as it does where the CPU is made for it."""
    return bool(
        openvino.Core().get_property("CPU", "INFERENCE_PRECISION_HINT") == openvino.Type.bf16
    )


def bfloat16_error(onnx: bytes) -> float:
    """How far bfloat16 moves the values of a network on a gradient from black to white.

    Returns the root of the mean square in grey levels of 255.  Where a network carries the
    colours through its layers, each rounds bright values to whole levels.
    """
    core = openvino.Core()
    ramp = np.linspace(0, 1, 64, dtype=np.float32)
    image = np.ascontiguousarray(np.broadcast_to(ramp, (1, 3, 64, 64)))
    exact, rounded = (_Model(core, onnx, bfloat16=b, streams=1)(image) for b in (False, True))
    return float(255 * np.sqrt(np.mean(np.square(exact - rounded))))


class OpenVINORunner:
    """Runs ONNX models (see `convert`) on the CPU.

    Each of `streams` threads computes a batch of its own on one core or a few: a small batch
    stays in that core's cache, and no thread waits for another after every layer.

    classifier: None for a plain network.  It always runs in float32, so that the precision does
        not change the classes.
    branches: simple to hard; bfloat16: which of them run in it, the others in float32.
    streams: None for what OpenVINO thinks best; with 1, one call computes on all cores.
    """

    def __init__(
        self,
        *,
        classifier: bytes | None,
        branches: Sequence[bytes],
        scale: int,
        bfloat16: Sequence[bool],
        streams: int | None = None,
    ) -> None:
        core = openvino.Core()
        self.batch_size = tiles_in_cache()  # so that the features of a layer stay there
        self.scale = scale
        self.num_classes = len(branches)
        self._branches = [
            _Model(core, branch, bfloat16=fast, streams=streams)
            for branch, fast in zip(branches, bfloat16, strict=True)
        ]
        self._classifier = (
            _Model(core, classifier, bfloat16=False, streams=streams) if classifier else None
        )
        self.streams = self._branches[0].streams
        classes = self.classify(np.zeros((1, 3, PATCH, PATCH), dtype=np.float32)).shape[1]
        if classes != len(branches):
            raise ClassSRError(
                f"the classifier tells {classes} classes in front of {len(branches)} branches"
            )

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """See `Runner.classify`; a plain network has one class."""
        if self._classifier is None:
            return np.zeros((len(tiles), 1), dtype=np.float32)
        return self._classifier(tiles)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """See `Runner.restore`."""
        return self._branches[branch](tiles)


class _Model:
    """A compiled model that several threads may call."""

    def __init__(
        self, core: openvino.Core, onnx: bytes, *, bfloat16: bool, streams: int | None
    ) -> None:
        config: dict[str, Any] = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
        }
        if streams is not None:
            config["NUM_STREAMS"] = streams
        compiled = core.compile_model(core.read_model(onnx, b""), "CPU", config)
        # One call more than cores compute, so that none waits while a result is put in its place.
        self.streams: int = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS") + 1
        self._idle: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(self.streams):
            self._idle.put(compiled.create_infer_request())
        # Two threads in the very first call deadlock: one initialises static data of OpenVINO's
        # Python binding and waits for the interpreter's lock, which the other holds meanwhile.
        self(np.zeros((1, 3, 4, 4), dtype=np.float32))

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        request = self._idle.get()
        try:
            request.infer({0: tiles}, share_inputs=True)
            result: np.ndarray = request.get_output_tensor(0).data.copy()
        finally:
            self._idle.put(request)
        return result
