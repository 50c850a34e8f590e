"""The training loop; it knows no option file and no architecture."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import paddle
from tqdm import tqdm

from classsr.errors import ClassSRError
from classsr.system.distributed import any_rank, average_gradients, barrier, rank, world
from classsr.system.signals import GracefulShutdown, Interrupted
from classsr.training.divergence import Diverged
from classsr.training.experiment import Experiment
from classsr.training.lr_schedule import Schedule
from classsr.training.objectives import Objective
from classsr.training.router_health import collapse
from classsr.training.state import State

log = logging.getLogger("classsr")

Batch = tuple[np.ndarray, np.ndarray]
BatchesFrom = Callable[[int], Iterator[Batch]]  # takes the step that was done last


@dataclass(frozen=True, kw_only=True)
class Trainer:
    """Trains a network with an objective; the same loop for branches, classifier and both.

    weights: factor of each loss term that the objective gives.
    batches: makes the endless batches (lr, target), float32, from a step on. lr is NCHW in [0, 1];
        the target is what the objective takes: hr, or the gains of steps (B, h, w, M - 1).
    validate: mean PSNR in dB of the network as it stands, and a restored image (H, W, 3) on
        0..255 where this process made one. It calls its argument before each image, which raises
        where a signal came. None for no validation.
    amp: the dtype of automatic mixed precision, None for float32 throughout.
    pin_memory: see `to_device`.
    accumulate: how many parts of a batch go through the network one after another.
    niter, print_freq, val_freq, save_freq: in steps.
    """

    objective: Objective
    weights: Mapping[str, float]
    schedule: Schedule
    batches: BatchesFrom
    validate: Callable[[Callable[[], None]], tuple[float, np.ndarray | None]] | None
    experiment: Experiment
    amp: str | None
    pin_memory: bool
    accumulate: int
    niter: int
    print_freq: int
    val_freq: int
    save_freq: int

    def fit(self, state: State, shutdown: GracefulShutdown) -> bool:
        """Train to the last step; False where a signal ended it before.

        A divergence leads back to the last good checkpoint as often as the detector allows.
        """
        while True:
            try:
                if state.step == 0:
                    self._save(state)
                self._train(state, shutdown)
                return True
            except Interrupted:
                self._save(state)
                return False
            except Diverged as trouble:
                self._go_back(state, trouble)

    def resume(self, state: State) -> None:
        """Take up the newest checkpoint that can be read, or begin where there is none yet."""
        self.experiment.restore(state)
        log.info("resumed after step %d", state.step)

    def _train(self, state: State, shutdown: GracefulShutdown) -> None:
        state.network.train()
        steps = tqdm(
            range(state.step + 1, self.niter + 1),
            initial=state.step,
            total=self.niter,
            unit="step",
            disable=True if rank() else None,
        )
        if state.step and self._is_due(state.step, self.val_freq):
            self._validate(state, shutdown)  # it follows the saving, so it is still to be done
        batches = self.batches(state.step)
        state.meters.restart_clock()
        for step, (lr, target) in zip(steps, batches, strict=False):
            state.meters.batch_arrived()
            self._step(state, step, lr, target)
            printing, saving, validating = (
                self._is_due(step, frequency)
                for frequency in (self.print_freq, self.save_freq, self.val_freq)
            )
            # Processes must agree on leaving, which they can where they meet anyway.
            meeting = printing or saving or validating
            leaving = (meeting or world() == 1) and any_rank(bool(shutdown.signal))
            if meeting or leaving:
                self._inspect(state)
            if printing:
                self._log(state)
            if leaving:
                raise Interrupted
            if saving:
                self._save(state)
            if validating:
                self._validate(state, shutdown)
        with state.averaged():
            self.experiment.save_as("last", state.network)

    def _is_due(self, step: int, frequency: int) -> bool:
        return step % frequency == 0 or step == self.niter

    def _step(self, state: State, step: int, lr: np.ndarray, target: np.ndarray) -> None:
        # The original steps its scheduler before the optimizer: step n trains at rate(n).
        state.optimizer.set_lr(self.schedule(step) * state.detector.rate_factor(step))
        parts = []
        arrays = (np.split(array, self.accumulate) for array in (lr, target))
        for pair in zip(*arrays, strict=True):
            inputs = [to_device(array, pin_memory=self.pin_memory) for array in pair]
            with paddle.amp.auto_cast(enable=self.amp is not None, dtype=self.amp or "float16"):
                terms = self.objective(state.network, *inputs)
            loss = paddle.add_n([self.weights[name] * term for name, term in terms.losses.items()])
            state.scaler.scale(loss / self.accumulate).backward()
            parts.append({"loss": loss, **terms.losses, **terms.statistics})
        average_gradients(state.network.parameters())
        state.scaler.step(state.optimizer)
        state.scaler.update()
        state.optimizer.clear_grad()
        if state.ema is not None:
            state.ema.update()
        state.meters.add(mean_of(parts), images=len(lr) * world())
        state.step = step

    def _inspect(self, state: State) -> None:
        rows = state.meters.fetch()
        for step, row in enumerate(rows, start=state.step - len(rows) + 1):
            losses = {name: row[name] for name in ("loss", *self.weights) if name in row}
            state.detector.inspect(step, losses)
        if not state.is_finite():
            raise Diverged(state.step, "weights that are no numbers")

    def _log(self, state: State) -> None:
        means = state.meters.close()
        rate = state.optimizer.get_lr()
        timing, costs = state.meters.timing(steps_left=self.niter - state.step)
        values = "  ".join(f"{name}: {value:.6g}" for name, value in means.items())
        log.info("step: %d/%d  %s  lr: %.4g  %s", state.step, self.niter, values, rate, costs)
        self.experiment.scalars.add(state.step, {**means, "lr": rate, **timing})
        collapsed = collapse(means)
        if collapsed and not state.collapsed:
            log.warning("step %d: %s", state.step, collapsed)
        state.collapsed = bool(collapsed)

    def _save(self, state: State) -> None:
        if rank() == 0:
            self.experiment.save(state)
        state.meters.restart_clock()

    def _validate(self, state: State, shutdown: GracefulShutdown) -> None:
        if self.validate is None:
            return
        state.network.eval()
        with state.averaged():
            psnr, sample = self.validate(interrupt_check(shutdown))
            if psnr > state.best:
                state.best = psnr
                self.experiment.save_as("best", state.network)
        state.network.train()
        log.info("step: %d  validation: %.4f dB  best: %.4f dB", state.step, psnr, state.best)
        self.experiment.scalars.add(state.step, {"psnr": psnr, "best": state.best})
        if sample is not None:
            self.experiment.scalars.show(state.step, sample)
        state.meters.restart_clock()

    def _go_back(self, state: State, trouble: Diverged) -> None:
        detector = state.detector
        if not detector.note_failure(trouble.step):
            raise ClassSRError(
                f"training diverged at {trouble}; gave up after {detector.tries} tries with lower "
                "rates; the last checkpoint is intact: resume from it with a lower train.lr, "
                "with train.grad_clip, a longer train.warmup_iter, or without train.amp"
            )
        failures, best = detector.failures, state.best
        barrier()
        self.experiment.restore(state, back=failures)
        barrier()
        if rank() == 0:
            self.experiment.drop_after(state.step)
        detector.failures, detector.failed_at = failures, trouble.step
        state.best = best  # the file of the best weights stays
        log.warning(
            "training diverged at %s; back to step %d, learning rate times %g up to step %d",
            trouble,
            state.step,
            detector.slowdown**failures,
            trouble.step + detector.cooldown,
        )


def interrupt_check(shutdown: GracefulShutdown) -> Callable[[], None]:
    """A function that raises `Interrupted` once a signal has come.

    With several processes it does nothing: they must leave shared work together.
    """
    return shutdown.check if world() == 1 else lambda: None


def to_device(array: np.ndarray, *, pin_memory: bool) -> paddle.Tensor:
    """A copy of an array where Paddle computes.

    pin_memory: copy to a GPU by way of page-locked memory, so that Python continues before the
        GPU has finished what it was given; Paddle keeps that memory until it was read.  No
        difference on a CPU.

    `paddle.to_tensor` keeps about 100 bytes in every call, which a million steps would feel.
    """
    if pin_memory and paddle.get_device() != "cpu":
        return paddle.to_tensor(array, place=paddle.CUDAPinnedPlace()).cuda(blocking=False)
    tensor = paddle.empty(array.shape, dtype=array.dtype.name)
    tensor.set_value(array)
    return tensor


def mean_of(parts: list[dict[str, paddle.Tensor]]) -> dict[str, paddle.Tensor]:
    """The means of scalars by name over the parts of a batch."""
    if len(parts) == 1:
        return parts[0]
    return {name: paddle.add_n([part[name] for part in parts]) / len(parts) for name in parts[0]}
