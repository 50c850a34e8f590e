"""What a training changes from step to step, and what a checkpoint therefore holds.

Random numbers are no part of it: after initialisation only the batches draw some, and a batch is
a function of seed and step.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import paddle
from paddle import nn

from classsr.training.divergence import DivergenceDetector
from classsr.training.ema import Ema
from classsr.training.meters import Meters
from classsr.training.optimizer_state import optimizer_arrays, set_optimizer


@dataclass(kw_only=True)
class State:
    """A training after `step` steps.

    optimizer: has begun (see `begin_optimizer`).
    best: the best validation so far, PSNR in dB.
    collapsed: whether the router was so at the last log line.
    """

    network: nn.Layer
    optimizer: paddle.optimizer.Optimizer
    scaler: paddle.amp.GradScaler
    detector: DivergenceDetector
    ema: Ema | None = None
    meters: Meters = field(default_factory=Meters)
    step: int = 0
    best: float = float("-inf")
    collapsed: bool = False

    def averaged(self) -> AbstractContextManager[None]:
        """Let the network have its averaged weights, where averages are kept."""
        return nullcontext() if self.ema is None else self.ema.applied()

    def is_finite(self) -> bool:
        """Whether all weights are numbers."""
        tensors = self.network.state_dict().values()
        finite = paddle.stack([paddle.isfinite(tensor).all() for tensor in tensors])
        return bool(finite.all())

    def arrays(self) -> dict[str, np.ndarray]:
        """What is large, but for the weights."""
        averages = {} if self.ema is None else self.ema.averages
        optimizer = optimizer_arrays(self.network, self.optimizer)
        return {
            "divergence/recent": np.array(self.detector.recent),
            "meters/rows": np.array(self.meters.rows),
            **{f"ema/{name}": tensor.numpy() for name, tensor in averages.items()},
            **{f"optimizer/{name}": array for name, array in optimizer.items()},
        }

    def description(self) -> dict[str, Any]:
        """What is small, as JSON can hold it."""
        scaler = self.scaler.state_dict()
        return {
            "step": self.step,
            "best": self.best,
            "failures": self.detector.failures,
            "failed_at": self.detector.failed_at,
            "columns": self.meters.columns,
            "scaler": {key: np.asarray(value).tolist() for key, value in scaler.items()},
        }

    def restore(self, arrays: Mapping[str, np.ndarray], description: Mapping[str, Any]) -> None:
        """Take over what `arrays` and `description` gave; the weights are set by themselves."""
        self.step, self.best = description["step"], description["best"]
        self.detector.recent = arrays["divergence/recent"].tolist()
        self.detector.failures = description["failures"]
        self.detector.failed_at = description["failed_at"]
        self.meters.clear(columns=description["columns"], rows=arrays["meters/rows"].tolist())
        set_optimizer(self.network, self.optimizer, _group(arrays, "optimizer"))
        if description["scaler"]:
            self.scaler.load_state_dict(description["scaler"])
        if self.ema is not None:
            # An average that the checkpoint does not have begins with its weights.
            own = {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}
            for name, array in (own | _group(arrays, "ema")).items():
                self.ema.averages[name].set_value(array)


def _group(arrays: Mapping[str, np.ndarray], group: str) -> dict[str, np.ndarray]:
    start = f"{group}/"
    return {
        name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)
    }
