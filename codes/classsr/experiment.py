"""The folder of an experiment: its options, its log and its checkpoints.

experiments/<name>/options.yml             the resolved options
                   train.log               what the console showed
                   checkpoints/<step>.safetensors          weights after that step
                   checkpoints/<step>.training.safetensors what resuming needs besides
                   checkpoints/best.safetensors            best validation so far
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import paddle
from paddle import nn

from classsr.checkpoint import (
    load_weights,
    optimizer_arrays,
    read_arrays,
    save_network,
    set_optimizer,
    write_arrays,
)
from classsr.errors import ClassSRError
from classsr.files import cannot_write, write_atomic

log = logging.getLogger("classsr")


@dataclass(frozen=True)
class Progress:
    """How far a training has come: the step it finished and its best validation PSNR in dB."""

    step: int = 0
    best: float = float("-inf")


class Experiment:
    """Saves and restores one training; `spec` describes its network (see `models.spec`)."""

    def __init__(self, folder: Path, *, spec: dict[str, Any], keep: int) -> None:
        self.folder = folder
        self._spec = spec
        self._keep = keep
        self._checkpoints = folder / "checkpoints"

    def start(self, options: str) -> None:
        """Make the folder of a new experiment; one that exists is never overwritten."""
        if self.folder.exists():
            raise ClassSRError(
                f"{self.folder}: exists already; go on with --resume, "
                f"or choose another name with -o name=..."
            )
        write_atomic(self.folder / "options.yml", options.encode())

    def save(
        self, network: nn.Layer, optimizer: paddle.optimizer.Optimizer, progress: Progress
    ) -> None:
        """Write a checkpoint and drop the oldest ones beyond `keep`.

        The weights come last: where they stand, the checkpoint is whole.
        """
        weights, training = self._paths(progress.step)
        write_arrays(
            training,
            optimizer_arrays(network, optimizer),
            description={"step": progress.step, "best": progress.best},
        )
        save_network(weights, network, spec=self._spec)
        for step in self._steps()[: -self._keep]:
            for path in self._paths(step):
                path.unlink(missing_ok=True)

    def save_as(self, name: Literal["best", "last"], network: nn.Layer) -> None:
        """Keep these weights under a name of their own."""
        save_network(self._checkpoints / f"{name}.safetensors", network, spec=self._spec)

    def resume(self, network: nn.Layer, optimizer: paddle.optimizer.Optimizer) -> Progress:
        """Restore the newest checkpoint."""
        steps = self._steps()
        if not steps:
            raise ClassSRError(
                f"{self.folder}: holds no checkpoint to resume from; start without --resume"
            )
        weights, training = self._paths(steps[-1])
        load_weights(network, weights)
        arrays, description = read_arrays(training)
        set_optimizer(network, optimizer, arrays)
        log.info("resumed from %s", weights)
        return Progress(step=description["step"], best=description["best"])

    def log_file(self) -> logging.Handler:
        """A handler that appends to train.log."""
        path = self.folder / "train.log"
        try:
            handler = logging.FileHandler(path, encoding="utf-8")
        except OSError as error:
            raise cannot_write(path, error) from error
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        return handler

    def _paths(self, step: int) -> tuple[Path, Path]:
        stem = self._checkpoints / f"{step:08d}"
        return stem.with_suffix(".safetensors"), stem.with_suffix(".training.safetensors")

    def _steps(self) -> list[int]:
        """Steps of all whole checkpoints, ascending."""
        paths = self._checkpoints.glob("[0-9]*.safetensors")
        return sorted(int(path.stem) for path in paths if path.stem.isdigit())
