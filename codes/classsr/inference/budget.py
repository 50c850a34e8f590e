"""How much computation a user allows, and the router that keeps to it.

A budget is written as
- `50%` or 0.5: of the FLOPs of the widest branch on every tile, as the paper counts them;
- `0.3GFLOPs`: for a tile on average, as the paper counts them;
- `2.5s`: seconds for a megapixel of the result, on this machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from classsr.errors import ClassSRError
from classsr.inference.full_protocol import Geometry
from classsr.inference.routing import Router, most_probable, within_budget
from classsr.inference.seconds import Seconds, measure_seconds
from classsr.models.cost import NetworkCost
from classsr.runtime.runner import Runner

Unit = Literal["%", "GFLOPs", "s"]
UNITS: dict[str, Unit] = {"%": "%", "g": "GFLOPs", "gflops": "GFLOPs", "s": "s"}
SWEEP = tuple(f"{share}%" for share in range(35, 101, 5))  # what curves of budgets show


@dataclass(frozen=True)
class Budget:
    """An amount in one of the three units."""

    amount: float
    unit: Unit


def parse_budget(given: str | float) -> Budget:
    """Read `50%` or a share such as 0.5, `0.3GFLOPs` (or `0.3G`), or `2.5s`."""
    match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*(%|[a-zA-Z]*)\s*", f"{given}")
    unit = UNITS.get(match[2].lower()) if match else None
    if match and unit:
        return Budget(float(match[1]), unit)
    if match and not match[2] and 0 < float(match[1]) <= 1:
        return Budget(100 * float(match[1]), "%")
    raise ClassSRError(
        f"budget {given!r}: expected a share as in 50% or 0.5, FLOPs for a tile as in 0.3GFLOPs, "
        f"or seconds for a megapixel as in 2.5s"
    )


def budget_router(budget: Budget, prices: np.ndarray, *, fixed: float = 0.0) -> Router:
    """The router that keeps to a budget.

    prices: of a megapixel, or a tile, in each branch in the unit of the budget; fixed: what every
        tile costs besides, whatever its class.
    Raises ClassSRError where the cheapest branch on every tile already exceeds it.
    """
    least = prices.min() + fixed
    if budget.amount < least:
        raise ClassSRError(
            f"budget {budget.amount:g}{budget.unit}: the smallest branch alone takes more; "
            f"give at least {_rounded_up(least):g}{budget.unit}"
        )
    return partial(within_budget, costs=prices, budget=budget.amount - fixed)


def flops_prices(flops: Sequence[float], unit: Literal["%", "GFLOPs"]) -> np.ndarray:
    """Prices under the paper's convention, in which the classifier does not count.

    flops: of a tile in each branch.
    """
    return np.array(flops) / (max(flops) / 100 if unit == "%" else 1e9)


def seconds_prices(seconds: Seconds, *, geometry: Geometry, scale: int) -> tuple[np.ndarray, float]:
    """Seconds for a megapixel of the result in each branch, and in the classifier."""
    megapixels = (scale * geometry.tile) ** 2 / 1e6
    return seconds.of_tiles(geometry) / megapixels, seconds.classifier / megapixels


def _rounded_up(value: float) -> float:
    """The next number of three digits."""
    digit = 10.0 ** (math.floor(math.log10(value)) - 2)
    return math.ceil(value / digit) * digit


def build_router(
    budget: str | float | None, runner: Runner, cost: NetworkCost, *, seconds: Seconds | None = None
) -> Router:
    """The paper's router, or one that keeps to a budget.

    seconds: what was measured before; a budget in seconds has it measured otherwise.
    """
    if budget is None:
        return most_probable
    limit = parse_budget(budget)
    if limit.unit == "s":
        geometry = Geometry(tile=cost.tile)
        seconds = seconds or measure_seconds(runner, geometry=geometry)
        prices, fixed = seconds_prices(seconds, geometry=geometry, scale=runner.scale)
        return budget_router(limit, prices, fixed=fixed)
    return budget_router(limit, flops_prices([b.paper for b in cost.branches], limit.unit))
