"""Learning rates as pure functions of the step, with the names that BasicSR gives them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Schedule = Callable[[int], float]


def cosine_restart(
    *,
    lr: float,
    T_period: Sequence[int],
    restarts: Sequence[int] = (),
    restart_weights: Sequence[float] = (),
    eta_min: float = 1e-7,
) -> Schedule:
    """CosineAnnealingLR_Restart: half a cosine from weight * lr down to eta_min in each period.

    T_period: steps of the first period and of the one after each restart.
    restarts: the last step of each period but the last; restart_weights: the factor on lr of the
    period that follows.

    Returns the rate after `step` steps; step 0 gives lr.
    A period that is left running beyond its end rises again, to lr whatever its weight was: so
    does the original, whose recursion forgets the weight there.
    """
    starts = [0, *(restart + 1 for restart in restarts)]
    weights = [1.0, *restart_weights]

    def rate(step: int) -> float:
        period = max(i for i, start in enumerate(starts) if start <= step)
        elapsed = step - starts[period]
        weight = weights[period] if elapsed <= T_period[period] else 1.0
        cosine = math.cos(math.pi * elapsed / T_period[period])
        return eta_min + (weight * lr - eta_min) * (1 + cosine) / 2

    return rate


def multi_step(
    *,
    lr: float,
    milestones: Sequence[int],
    gamma: float = 0.5,
    restarts: Sequence[int] = (),
    restart_weights: Sequence[float] = (),
) -> Schedule:
    """MultiStepLR_Restart: lr falls by `gamma` at every milestone; a restart sets weight * lr."""

    def rate(step: int) -> float:
        begin, weight = 0, 1.0
        for start, factor in zip(restarts, restart_weights, strict=True):
            if start <= step:
                begin, weight = start, factor
        passed = sum(begin < milestone <= step for milestone in milestones)
        return lr * weight * gamma**passed

    return rate


def warmed_up(schedule: Schedule, *, steps: int) -> Schedule:
    """The schedule times step / steps in the first `steps` steps."""

    def rate(step: int) -> float:
        return schedule(step) * min(1.0, step / steps)

    return rate if steps else schedule
