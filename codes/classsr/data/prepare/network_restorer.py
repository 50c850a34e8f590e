"""Trained networks as the measure of how hard a sub-image is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from classsr.checkpoints.native import load_network
from classsr.data.prepare.restorers import Restorer
from classsr.inference.routing import most_probable
from classsr.inference.run_tiles import classify, run_branches
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.runner import Runner


@lru_cache(maxsize=1)
def network_restorer(checkpoint: Path) -> Restorer:
    """The restorer of any checkpoint of this project; ClassSR routes as it does in testing."""
    network, _ = load_network(checkpoint)
    return runner_restorer(PaddleRunner(network))


def runner_restorer(runner: Runner) -> Restorer:
    """The restorer that a runner makes, with the paper's routing."""

    def run(lr: np.ndarray) -> np.ndarray:
        n, height, width, channels = lr.shape
        sr = np.empty((n, height * runner.scale, width * runner.scale, channels), np.uint8)
        classes = most_probable(classify(lr, runner))
        for members, restored in run_branches(lr, classes, runner):
            sr[members] = restored
        return sr

    return run


def network_scale(checkpoint: Path) -> int:
    """The scale that a checkpoint's network enlarges by."""
    return load_network(checkpoint)[0].scale
