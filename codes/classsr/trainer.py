"""The training loop; it knows no option file and no architecture."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import paddle
from paddle import nn
from tqdm import tqdm

from classsr.errors import ClassSRError
from classsr.experiment import Experiment, Progress
from classsr.objectives import Objective, Terms
from classsr.schedule import Schedule

log = logging.getLogger("classsr")

Batch = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Trainer:
    """Trains a network with an objective; the same loop for branches, classifier and both.

    weights: factor of each loss term that the objective gives.
    batches: makes the endless (lr, hr) batches, float32 NCHW in [0, 1], from a step on.
    validate: mean PSNR in dB of the network as it stands; None for no validation.
    niter, print_freq, val_freq, save_freq: in steps.
    """

    network: nn.Layer
    objective: Objective
    weights: Mapping[str, float]
    optimizer: paddle.optimizer.Optimizer
    schedule: Schedule
    batches: Callable[[int], Iterator[Batch]]
    validate: Callable[[], float] | None
    experiment: Experiment
    niter: int
    print_freq: int
    val_freq: int
    save_freq: int

    def fit(self, progress: Progress) -> Progress:
        """Train from the step after `progress` to the last, with checkpoints on the way."""
        self.network.train()
        steps = range(progress.step + 1, self.niter + 1)
        window = Window()
        bar = tqdm(steps, initial=progress.step, total=self.niter, unit="step", disable=None)
        for step, (lr, hr) in zip(bar, self.batches(progress.step), strict=False):
            window.batch_arrived()
            # The original steps its scheduler before the optimizer: step n trains at rate(n).
            self.optimizer.set_lr(self.schedule(step))
            terms = self.objective(self.network, paddle.to_tensor(lr), paddle.to_tensor(hr))
            loss = paddle.add_n([self.weights[name] * term for name, term in terms.losses.items()])
            loss.backward()
            self.optimizer.step()
            self.optimizer.clear_grad()
            window.add(loss, terms, images=len(lr))

            last = step == self.niter
            if step % self.print_freq == 0 or last:
                log.info("%s", window.line(step, self.niter, self.optimizer.get_lr()))
                window = Window()
            if self.validate is not None and (step % self.val_freq == 0 or last):
                progress = self._validate(step, progress)
                window.restart_clock()
            progress = Progress(step=step, best=progress.best)
            if step % self.save_freq == 0 or last:
                window.check(step)
                self.experiment.save(self.network, self.optimizer, progress)
                window.restart_clock()
        self.experiment.save_as("last", self.network)
        return progress

    def _validate(self, step: int, progress: Progress) -> Progress:
        assert self.validate is not None
        self.network.eval()
        psnr = self.validate()
        self.network.train()
        best = max(psnr, progress.best)
        log.info("step: %d  validation: %.4f dB  best: %.4f dB", step, psnr, best)
        if psnr > progress.best:
            self.experiment.save_as("best", self.network)
        return Progress(step=step, best=best)


@dataclass
class Window:
    """Running sums since the last log line.

    Losses stay tensors until a line is written, so that a device need not wait for Python.
    """

    steps: int = 0
    images: int = 0
    sums: dict[str, paddle.Tensor] = field(default_factory=dict)
    classes: paddle.Tensor | None = None
    reader_seconds: float = 0.0
    batch_seconds: float = 0.0
    clock: float = field(default_factory=time.perf_counter)

    def batch_arrived(self) -> None:
        """Note the time that the loader took."""
        self.reader_seconds += time.perf_counter() - self.clock

    def add(self, loss: paddle.Tensor, terms: Terms, *, images: int) -> None:
        """Add a finished step."""
        for name, value in {"loss": loss, **terms.losses}.items():
            previous = self.sums.get(name)
            self.sums[name] = value.detach() if previous is None else previous + value.detach()
        if terms.classes is not None:
            self.classes = terms.classes if self.classes is None else self.classes + terms.classes
        self.steps += 1
        self.images += images
        now = time.perf_counter()
        self.batch_seconds += now - self.clock
        self.clock = now

    def restart_clock(self) -> None:
        """Leave the time since the last step out of the next one's."""
        self.clock = time.perf_counter()

    def check(self, step: int) -> None:
        """Raise ClassSRError where a loss has become NaN or infinite."""
        means = {name: float(total) / self.steps for name, total in self.sums.items()}
        if not all(math.isfinite(mean) for mean in means.values()):
            listed = ", ".join(f"{name} {mean:g}" for name, mean in means.items())
            raise ClassSRError(
                f"training diverged by step {step}: {listed}; the last checkpoint is intact, "
                f"resume from it with a lower train.lr"
            )

    def line(self, step: int, niter: int, rate: float) -> str:
        """The log line, with the keys that Paddle's tools use."""
        self.check(step)
        seconds = self.batch_seconds / self.steps
        parts = [f"step: {step}/{niter}"]
        parts += [f"{name}: {float(total) / self.steps:.6g}" for name, total in self.sums.items()]
        parts.append(f"lr: {rate:.4g}")
        if self.classes is not None:
            shares = (self.classes / self.classes.sum()).tolist()
            parts.append("classes: " + "/".join(f"{share:.0%}" for share in shares))
        parts += [
            f"avg_reader_cost: {self.reader_seconds / self.steps:.4f} s",
            f"avg_batch_cost: {seconds:.4f} s",
            f"ips: {self.images / self.batch_seconds:.1f} images/s",
            f"eta: {timedelta(seconds=round(seconds * (niter - step)))}",
        ]
        return "  ".join(parts)
