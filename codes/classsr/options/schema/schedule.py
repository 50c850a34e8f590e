"""How the learning rate changes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from classsr.options.schema.section import Section, Steps


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
