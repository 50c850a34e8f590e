"""Paddle Inference: Paddle's own graphs with fused oneDNN operators, on CPUs in float32.

Its bfloat16 is left out: Paddle 3.3 computes nonsense for SRResNet with it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from paddle import inference, nn

from classsr.models.classsr import split_network
from classsr.runtime.graphs import save_inference_model
from classsr.runtime.pixels import to_batch, to_uint8
from classsr.system.cpu import own_threads, tiles_in_cache


class InferenceRunner:
    """Runs a network in evaluation mode; its weights are copied at construction."""

    streams = 1  # a predictor computes on all cores and serves one thread

    def __init__(self, network: nn.Layer) -> None:
        self.batch_size = tiles_in_cache()
        self.scale: int = network.scale
        classifier, branches = split_network(network)
        self.num_classes = len(branches)
        self._branches = [_predictor(branch) for branch in branches]
        self._classifier = None if classifier is None else _predictor(classifier)

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """See `Runner.classify`; a plain network has one class."""
        if self._classifier is None:
            return np.zeros((len(tiles), 1), dtype=np.float32)
        return _run(self._classifier, to_batch(tiles) if tiles.dtype == np.uint8 else tiles)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """See `Runner.run_branch`."""
        if tiles.dtype == np.uint8:
            return to_uint8(self.run_branch(to_batch(tiles), branch))
        return _run(self._branches[branch], tiles)


def _predictor(network: nn.Layer) -> inference.Predictor:
    with tempfile.TemporaryDirectory() as folder:
        config = inference.Config(*map(str, save_inference_model(network, Path(folder) / "part")))
        config.disable_gpu()
        config.enable_mkldnn()
        config.set_cpu_math_library_num_threads(own_threads())
        config.enable_new_ir(True)
        config.enable_new_executor(True)
        config.enable_memory_optim()
        config.disable_glog_info()
        return inference.create_predictor(config)


def _run(predictor: inference.Predictor, tiles: np.ndarray) -> np.ndarray:
    (name,) = predictor.get_input_names()
    source = predictor.get_input_handle(name)
    source.reshape(tiles.shape)
    source.copy_from_cpu(tiles)
    predictor.run()
    (name,) = predictor.get_output_names()
    result: np.ndarray = predictor.get_output_handle(name).copy_to_cpu()
    return result
