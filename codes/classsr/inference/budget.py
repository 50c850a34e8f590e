"""How much computation a user allows, and the router that keeps to it.

A budget is written as
- `50%`: of the FLOPs of the widest branch on every tile, as the paper counts them;
- `0.3GFLOPs`: for a tile on average, as the paper counts them;
- `2.5s`: seconds for a megapixel of the result, on this machine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from classsr.errors import ClassSRError
from classsr.inference.full import Geometry
from classsr.inference.routing import Router, most_probable, within_budget
from classsr.models.cost import NetworkCost
from classsr.runtime.runner import Runner
from classsr.system.clock import seconds_of

Unit = Literal["%", "GFLOPs", "s"]
UNITS: dict[str, Unit] = {"%": "%", "g": "GFLOPs", "gflops": "GFLOPs", "s": "s"}
SWEEP = tuple(f"{share}%" for share in range(35, 101, 5))  # what curves of budgets show


@dataclass(frozen=True)
class Budget:
    """An amount in one of the three units."""

    amount: float
    unit: Unit


def parse_budget(text: str) -> Budget:
    """Read `50%`, `0.3GFLOPs` (or `0.3G`) or `2.5s`."""
    match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*(%|[a-zA-Z]+)\s*", text)
    unit = UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise ClassSRError(
            f"budget {text!r}: expected a share as in 50%, FLOPs for a tile as in 0.3GFLOPs, "
            f"or seconds for a megapixel as in 2.5s"
        )
    return Budget(float(match[1]), unit)


@dataclass(frozen=True)
class Prices:
    """What a megapixel, or a tile, costs in the unit of a budget.

    branches: simple to hard; fixed: what every tile costs whatever its class.
    """

    branches: tuple[float, ...]
    fixed: float = 0.0


def budget_router(budget: Budget, prices: Prices) -> Router:
    """The router that keeps to a budget.

    Raises ClassSRError where the cheapest branch on every tile already exceeds it.
    """
    least = min(prices.branches) + prices.fixed
    if budget.amount < least:
        raise ClassSRError(
            f"budget {budget.amount:g}{budget.unit}: the smallest branch alone takes more; "
            f"give at least {_rounded_up(least):g}{budget.unit}"
        )
    return partial(
        within_budget,
        costs=np.array(prices.branches),
        budget=budget.amount - prices.fixed,
    )


def flops_prices(flops: Sequence[float], unit: Literal["%", "GFLOPs"]) -> Prices:
    """Prices under the paper's convention, in which the classifier does not count.

    flops: of a tile in each branch.
    """
    whole = max(flops) / 100 if unit == "%" else 1e9
    return Prices(tuple(value / whole for value in flops))


def measured_prices(runner: Runner, *, tile: int, halo: int, number: int = 4) -> Prices:
    """Seconds for a megapixel of the result, measured here on `number` single tiles at once.

    Joined tiles share their halo, so an image takes less rather than more.
    """
    rng = np.random.default_rng(0)
    tiles, windows = (
        rng.random((number, 3, side, side), dtype=np.float32) for side in (tile, tile + 2 * halo)
    )
    megapixels = number * (runner.scale * tile) ** 2 / 1e6
    return Prices(
        branches=tuple(
            _seconds(partial(runner.run_branch, windows, branch)) / megapixels
            for branch in range(runner.num_classes)
        ),
        fixed=_seconds(partial(runner.classify, tiles)) / megapixels,
    )


def _seconds(run: Callable[[], object]) -> float:
    """The median of five runs after a first one, which may have to compile."""
    run()
    return float(np.median(seconds_of(run, repetitions=5)))


def _rounded_up(value: float) -> float:
    """The next number of three digits."""
    digit = 10.0 ** (math.floor(math.log10(value)) - 2)
    return math.ceil(value / digit) * digit


def build_router(budget: str | None, runner: Runner, cost: NetworkCost) -> Router:
    """The paper's router, or one that keeps to a budget (see `classsr.budget`)."""
    if budget is None:
        return most_probable
    limit = parse_budget(budget)
    if limit.unit == "s":
        prices = measured_prices(runner, tile=cost.tile, halo=Geometry().halo)
    else:
        prices = flops_prices([branch.paper for branch in cost.branches], limit.unit)
    return budget_router(limit, prices)
