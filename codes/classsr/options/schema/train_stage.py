"""The section `train`: steps, losses, schedule, and what happens on divergence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from classsr.options.schema.section import Section, Steps
from classsr.training.losses import PixelCriterion


class CosineOptions(Section):
    """Cosine annealing with restarts.

    type: names this schedule.
    T_period: length of each period in steps; one as long as the training where it is left out.
    restarts: steps at which a period begins anew.
    restart_weights: of the rate after each restart.
    eta_min: the rate at the end of a period.
    """

    type: Literal["CosineAnnealingLR_Restart"]
    T_period: list[Steps] | None = Field(None, min_length=1)
    restarts: list[int] = Field([])
    restart_weights: list[float] = Field([])
    eta_min: float = 1e-7

    @model_validator(mode="after")
    def _lengths(self) -> CosineOptions:
        periods = 1 if self.T_period is None else len(self.T_period)
        if not periods - 1 == len(self.restarts) == len(self.restart_weights):
            raise ValueError("restarts and restart_weights need one entry less than T_period")
        return self


class MultiStepOptions(Section):
    """A rate that falls in steps.

    type: names this schedule.
    milestones: steps after which it falls.
    gamma: the factor each time.
    restarts: steps at which it begins anew.
    restart_weights: of the rate after each restart.
    """

    type: Literal["MultiStepLR_Restart"]
    milestones: list[int]
    gamma: float = 0.5
    restarts: list[int] = Field([])
    restart_weights: list[float] = Field([])

    @model_validator(mode="after")
    def _lengths(self) -> MultiStepOptions:
        if len(self.restarts) != len(self.restart_weights):
            raise ValueError("restart_weights needs one entry for each of restarts")
        return self


class DivergenceOptions(Section):
    """When a training counts as diverged, and how it continues (see `training.divergence`).

    spike: times what the loss was at most, about; the square of it for l2.
    tries: how often in a row the training goes back before it gives up.
    slowdown: factor on the rate for each try.
    cooldown: steps for which the rate stays slower.
    """

    spike: float = Field(10.0, gt=1)
    tries: int = Field(3, ge=0, le=1000)
    slowdown: float = Field(0.1, gt=0, le=1)
    cooldown: int = Field(1000, ge=0, le=10**9)


class TrainStageOptions(Section):
    """The training itself; the weights of the losses are for images in [0, 1].

    niter: number of steps.
    lr: learning rate of Adam.
    beta1: Adam's decay of the gradient's mean.
    beta2: Adam's decay of the gradient's square.
    scheduler: how the rate changes.
    pixel_criterion: error of an image.
    pixel_loss_weight: of the pixel criterion, whichever it is.
    class_loss_weight: of the class loss.
    average_loss_weight: of the average loss.
    class_shares: how the tiles should be spread over the classes, as in [2, 1, 1]; equal if left
        out.
    budgets: shares of the widest branch's FLOPs, within which tiles are routed in training too.
    freeze_branches: train the classifier alone.
    precompute_branch_errors: run frozen branches on every sub-image once. The classifier then
        learns what each step to a larger branch gains on every patch (`losses.gain_loss`), in place
        of the weighted losses, at the price that the one of budgets sets.
    allow_random_branches: train the classifier in front of branches without training.
    warmup_iter: steps in which the rate rises from 0.
    grad_clip: the largest norm of all gradients together; off where it is left out.
    ema_decay: of averaged weights, as 0.999; off where it is left out.
    accumulate: parts that a batch is computed in, to save memory.
    amp: mixed precision on GPUs.
    static_graph: compile the network.
    divergence: what to do where the loss runs away.
    """

    niter: Steps
    lr: float = Field(gt=0)
    beta1: float = 0.9
    beta2: float = 0.99
    scheduler: CosineOptions | MultiStepOptions = Field(discriminator="type")
    pixel_criterion: PixelCriterion = "l1"
    pixel_loss_weight: float = 1.0
    class_loss_weight: float = 0.5
    average_loss_weight: float = 3.0
    class_shares: list[Annotated[float, Field(gt=0)]] | None = None
    budgets: list[Annotated[float, Field(gt=0, lt=1)]] = Field([])
    freeze_branches: bool = False
    precompute_branch_errors: bool = False
    allow_random_branches: bool = False
    warmup_iter: int = Field(0, ge=0, le=10**9)
    grad_clip: float | None = Field(None, gt=0)
    ema_decay: float | None = Field(None, gt=0, lt=1)
    accumulate: int = Field(1, ge=1, le=100_000)
    amp: Literal["float16", "bfloat16"] | None = None
    static_graph: bool = False
    divergence: DivergenceOptions = DivergenceOptions()

    @model_validator(mode="after")
    def _errors_can_be_known(self) -> TrainStageOptions:
        usable = self.freeze_branches and len(self.budgets) == 1 and not self.static_graph
        if self.precompute_branch_errors and not usable:
            raise ValueError(
                "precompute_branch_errors needs freeze_branches, just one of budgets, "
                "no static_graph"
            )
        return self
