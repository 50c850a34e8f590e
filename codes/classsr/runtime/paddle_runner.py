"""The runners of Paddle itself: the reference in eager mode, and Paddle Inference."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import paddle
from paddle import inference, nn

from classsr.arrays import Planes
from classsr.models.classsr import split_network
from classsr.runtime.graphs import save_inference_model
from classsr.runtime.pixels import to_batch, to_uint8
from classsr.system.cpu import own_threads, tiles_in_cache


class PaddleRunner:
    """Eager mode, on any device: a network as it is.

    Weights that change in training take effect at once.
    """

    batch_size = 64
    streams = 1  # Paddle computes a batch on all cores and serves one thread

    def __init__(self, network: nn.Layer) -> None:
        self.scale: int = network.scale
        classifier, branches = split_network(network)
        self.num_classes = len(branches)
        self._classifier = None if classifier is None else self._prepared(classifier)
        self._branches = [self._prepared(branch) for branch in branches]

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        """See `Runner.classify`."""
        assert self._classifier is not None
        return self._classifier(to_batch(tiles) if tiles.dtype == np.uint8 else tiles)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        """See `Runner.run_branch`."""
        if tiles.dtype == np.uint8:
            return to_uint8(self._branches[branch](to_batch(tiles)))
        return self._branches[branch](tiles)

    def _prepared(self, part: nn.Layer) -> Callable[[Planes], Planes]:
        """A function that computes a part of the network."""
        return partial(_run, part)


@paddle.no_grad()
def _run(network: nn.Layer, planes: Planes) -> Planes:
    result: Planes = network(paddle.to_tensor(planes)).numpy()
    return result


class InferenceRunner(PaddleRunner):
    """Paddle Inference: Paddle's own graphs with fused oneDNN operators, on CPUs in float32.

    Runs a network in evaluation mode; its weights are copied at construction. Its bfloat16 is left
    out: Paddle 3.3 computes nonsense for SRResNet with it.
    """

    def __init__(self, network: nn.Layer) -> None:
        super().__init__(network)
        self.batch_size = tiles_in_cache()

    def _prepared(self, part: nn.Layer) -> Callable[[Planes], Planes]:
        return partial(_predict, _predictor(part))


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


def _predict(predictor: inference.Predictor, tiles: Planes) -> Planes:
    (name,) = predictor.get_input_names()
    source = predictor.get_input_handle(name)
    source.reshape(tiles.shape)
    source.copy_from_cpu(tiles)
    predictor.run()
    (name,) = predictor.get_output_names()
    result: Planes = predictor.get_output_handle(name).copy_to_cpu()
    return result
