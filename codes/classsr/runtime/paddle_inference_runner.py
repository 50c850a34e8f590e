"""Paddle Inference: Paddle's own graphs with fused oneDNN operators, on CPUs in float32.

Its bfloat16 is left out: Paddle 3.3 computes nonsense for SRResNet with it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from paddle import inference, nn

from classsr.arrays import Planes
from classsr.runtime.graphs import save_inference_model
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.system.cpu import own_threads, tiles_in_cache


class InferenceRunner(PaddleRunner):
    """Runs a network in evaluation mode; its weights are copied at construction."""

    def __init__(self, network: nn.Layer) -> None:
        super().__init__(network)
        self.batch_size = tiles_in_cache()

    def _prepared(self, part: nn.Layer) -> Callable[[Planes], Planes]:
        return partial(_run, _predictor(part))


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


def _run(predictor: inference.Predictor, tiles: Planes) -> Planes:
    (name,) = predictor.get_input_names()
    source = predictor.get_input_handle(name)
    source.reshape(tiles.shape)
    source.copy_from_cpu(tiles)
    predictor.run()
    (name,) = predictor.get_output_names()
    result: Planes = predictor.get_output_handle(name).copy_to_cpu()
    return result
