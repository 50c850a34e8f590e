"""Recognises a training that diverges, and decides how it continues."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

_MEMORY = 100  # losses
_FEW = 20  # so few losses tell little of their scatter, and Adam's first steps shake the weights
_LENIENCE = 10


class Diverged(Exception):
    """A training went wrong at a step; the message says how."""

    def __init__(self, step: int, reason: str) -> None:
        super().__init__(f"step {step}: {reason}")
        self.step = step


@dataclass(kw_only=True)
class DivergenceDetector:
    """Compares every loss with those before it, and remembers where a training diverged.

    A loss is a spike where it is more than `spike` times the 90th percentile of the last 100: an
    estimate that a few bad losses cannot move and that allows for the scatter of small batches.
    Before 20 losses are known it takes ten times as much.

    tries: how often in a row the training may go back; 0 stops it at the first divergence.
    slowdown: the factor on the learning rate for each try, up to `cooldown` steps after the place
    where the training diverged.
    """

    spike: float = 10.0
    tries: int = 3
    slowdown: float = 0.1
    cooldown: int = 1000
    recent: list[float] = field(default_factory=list)
    failures: int = 0
    failed_at: int = 0

    def inspect(self, step: int, losses: Mapping[str, float]) -> None:
        """Note the losses of a step ("loss" is their sum); raises Diverged where they are bad."""
        if not all(math.isfinite(value) for value in losses.values()):
            raise Diverged(step, _listed(losses))
        usual = float(np.percentile(self.recent, 90)) if self.recent else math.inf
        lenience = _LENIENCE if len(self.recent) < _FEW else 1
        if losses["loss"] > self.spike * lenience * usual:
            raise Diverged(step, f"{_listed(losses)} (the loss was at most about {usual:.4g})")
        self.recent = [*self.recent[1 - _MEMORY :], losses["loss"]]

    def note_failure(self, step: int) -> bool:
        """Count a divergence; False where no try is left.

        Failures are forgiven once a cooldown at the full rate has passed without another.
        """
        forgiven = step > self.failed_at + 2 * self.cooldown
        self.failures = 1 if forgiven else self.failures + 1
        self.failed_at = step
        return self.failures <= self.tries

    def rate_factor(self, step: int) -> float:
        """What the learning rate of a step is multiplied with."""
        calm = step > self.failed_at + self.cooldown
        return 1.0 if calm else self.slowdown**self.failures


def _listed(losses: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in losses.items())
