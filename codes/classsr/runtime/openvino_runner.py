"""The fast runner on CPUs: OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from threading import Lock

import numpy as np
import openvino

from classsr.errors import ClassSRError
from classsr.models.classifier import PATCH
from classsr.runtime.eight_bits import gives_8_bits, takes_8_bits
from classsr.runtime.pixels import interleaved
from classsr.system.cpu import own_threads, tiles_in_cache

# Two threads in OpenVINO's very first call deadlock: one initialises static data of its Python
# binding and waits for the interpreter's lock, which the other holds meanwhile.
_FIRST_CALL = Lock()


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
    ramp = np.linspace(0, 1, 64, dtype=np.float32)
    image = np.ascontiguousarray(np.broadcast_to(ramp, (1, 3, 64, 64)))
    exact, rounded = (_Model(onnx, bfloat16=b, streams=1)(image) for b in (False, True))
    return float(255 * np.sqrt(np.mean(np.square(exact - rounded))))


class OpenVINORunner:
    """Runs ONNX models (see `graphs`) on the CPU.

    Each of `streams` threads computes a batch of its own on one core or a few: a small batch
    stays in that core's cache, and no thread waits for another after every layer.

    classifier: None for a plain network.  It always runs in float32, so that the precision does
        not change the classes.
    branches: simple to hard; bfloat16: which of them run in it, the others in float32.
    streams: how many calls compute at once, None for one on each core; with 1, one call computes
        on all cores.
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
        streams = streams or own_threads()
        # One call more than are computed, so that none waits while a result is put in its place.
        self.streams = streams + 1
        self.batch_size = tiles_in_cache()  # so that the features of a layer stay there
        self.scale = scale
        self.num_classes = len(branches)
        self._branches = [
            _Model(branch, bfloat16=fast, streams=streams)
            for branch, fast in zip(branches, bfloat16, strict=True)
        ]
        if classifier is None:
            return
        self._classifier = _Model(classifier, bfloat16=False, streams=streams, is_classifier=True)
        classes = self.classify(np.zeros((1, PATCH, PATCH, 3), dtype=np.uint8)).shape[1]
        if classes != len(branches):
            raise ClassSRError(
                f"the classifier tells {classes} classes in front of {len(branches)} branches"
            )

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """See `Runner.classify`."""
        return self._classifier(tiles)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """See `Runner.run_branch`."""
        return self._branches[branch](tiles)


class _Model:
    """A model that several threads may call, with tiles of float32 or of uint8.

    It is compiled for a kind of tiles when the first come.
    """

    def __init__(
        self, onnx: bytes, *, bfloat16: bool, streams: int, is_classifier: bool = False
    ) -> None:
        self._onnx, self._streams, self._is_classifier = onnx, streams, is_classifier
        self._config = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
            "INFERENCE_NUM_THREADS": max(own_threads(), streams),
            "NUM_STREAMS": streams,
        }
        self._idle: dict[np.dtype, SimpleQueue[openvino.InferRequest]] = {}

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        idle = self._requests(tiles.dtype)
        request = idle.get()
        try:
            request.infer({0: tiles}, share_inputs=True, share_outputs=True)
            result: np.ndarray = request.get_output_tensor(0).data
            result = interleaved(result) if result.dtype == np.uint8 else result.copy()
        finally:
            idle.put(request)
        return result

    def _requests(self, dtype: np.dtype) -> SimpleQueue[openvino.InferRequest]:
        if dtype not in self._idle:
            with _FIRST_CALL:
                if dtype not in self._idle:
                    self._idle[dtype] = self._compiled(eight_bits=dtype == np.uint8)
        return self._idle[dtype]

    def _compiled(self, *, eight_bits: bool) -> SimpleQueue[openvino.InferRequest]:
        core = openvino.Core()
        model, tile = core.read_model(self._onnx, b""), np.zeros((1, 3, 8, 8), dtype=np.float32)
        if eight_bits:
            tile = np.zeros((1, 8, 8, 3), dtype=np.uint8)
            model = takes_8_bits(model)
            model = model if self._is_classifier else gives_8_bits(model)
        compiled = core.compile_model(model, "CPU", self._config)
        idle: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(self._streams + 1):
            request = compiled.create_infer_request()
            request.infer({0: tile}, share_inputs=True)
            idle.put(request)
        return idle
