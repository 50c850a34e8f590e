"""Routing within a budget, and how budgets are written."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from classsr.errors import ClassSRError
from classsr.inference.budget import (
    Budget,
    budget_router,
    flops_prices,
    parse_budget,
    seconds_prices,
)
from classsr.inference.full_protocol import Geometry, full_protocol
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.routing import most_probable, within_budget
from classsr.inference.seconds import Seconds
from classsr.models.spec import classsr_spec, create
from classsr.runtime.paddle_runner import PaddleRunner

FSRCNN = np.array([141.26e6, 304.57e6, 467.88e6])


def problem(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits of some tiles, and costs of some branches in any order."""
    rng = np.random.default_rng(seed)
    number, branches = int(rng.integers(1, 40)), int(rng.integers(1, 6))
    return rng.normal(scale=3, size=(number, branches)), rng.uniform(0.1, 1, branches)


def gain(logits: np.ndarray, classes: np.ndarray) -> float:
    return float(logits[np.arange(len(logits)), classes].sum())


@pytest.mark.parametrize("seed", range(50))
def test_never_exceeds_the_budget_and_gains_up_to_argmax(seed: int) -> None:
    logits, costs = problem(seed)
    own = costs[most_probable(logits)].mean()
    gains = []
    for budget in np.linspace(costs.min(), costs.max(), 12):
        classes = within_budget(logits, costs=costs, budget=budget)
        assert costs[classes].mean() <= budget * (1 + 1e-8)
        if budget <= own:
            gains.append(gain(logits, classes))
    slack = np.ptp(logits, axis=1).max()  # of one tile that no longer fits
    assert all(b >= a - slack for a, b in itertools.pairwise(gains))


@pytest.mark.parametrize("seed", range(50))
def test_is_argmax_at_its_own_cost_and_the_costliest_without_limit(seed: int) -> None:
    logits, costs = problem(seed)
    costs = np.sort(costs)
    best = most_probable(logits)
    own = costs[best].mean()
    np.testing.assert_array_equal(within_budget(logits, costs=costs, budget=own), best)
    costliest = within_budget(logits, costs=costs, budget=9.0)
    np.testing.assert_array_equal(costliest, costs.argmax())


@pytest.mark.parametrize("seed", range(30))
def test_is_one_lambda_but_for_what_it_leaves(seed: int) -> None:
    """Against the definition: the smallest of all lambdas at which a class can change."""
    logits, costs = problem(seed)
    costs = np.sort(costs)
    pairs = [(a, b) for a, b in itertools.combinations(range(len(costs)), 2)]
    candidates = [(row[b] - row[a]) / (costs[b] - costs[a]) for row in logits for a, b in pairs]
    lambdas = np.sort(np.array([-1e9, *candidates]) + 1e-9)
    budget = (costs.min() + costs.max()) / 2
    for value in lambdas:
        by_lambda = (logits - value * costs).argmax(axis=1)
        if costs[by_lambda].mean() <= budget:
            break
    classes = within_budget(logits, costs=costs, budget=budget)
    assert (costs[classes] >= costs[by_lambda] - 1e-12).all()
    assert costs[classes].mean() <= budget * (1 + 1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_is_nearly_the_best_of_all_choices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, budget = rng.normal(size=(6, 3)), 300e6
    choices = np.array(list(itertools.product(range(3), repeat=6)))
    fits = choices[FSRCNN[choices].mean(axis=1) <= budget]
    best = max(gain(logits, choice) for choice in fits)
    found = gain(logits, within_budget(logits, costs=FSRCNN, budget=budget))
    one_step = max(np.ptp(row) for row in logits)
    assert best - one_step <= found <= best + 1e-9


def test_a_budget_below_the_smallest_branch_names_the_least() -> None:
    prices = flops_prices(list(FSRCNN), "%")
    with pytest.raises(ClassSRError, match=r"budget 30%.* at least 30\.2%"):
        budget_router(Budget(30, "%"), prices)
    budget_router(Budget(30.2, "%"), prices)
    with pytest.raises(ClassSRError, match=r"at least 0\.142GFLOPs"):
        budget_router(Budget(0.1, "GFLOPs"), flops_prices(list(FSRCNN), "GFLOPs"))
    with pytest.raises(ClassSRError, match=r"at least 2\.5s"):
        budget_router(Budget(2.4, "s"), np.array([2.0, 3.0]), fixed=0.5)


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("50%", Budget(50, "%")),
        (" 37.5 % ", Budget(37.5, "%")),
        ("0.3GFLOPs", Budget(0.3, "GFLOPs")),
        (".3G", Budget(0.3, "GFLOPs")),
        ("2s", Budget(2, "s")),
        ("0.5", Budget(50, "%")),
        (0.5, Budget(50, "%")),
        (1, Budget(100, "%")),
    ],
)
def test_reads_budgets(text: str | float, budget: Budget) -> None:
    assert parse_budget(text) == budget


@pytest.mark.parametrize("text", ["50", 50, 0, -0.5, "half", "-3%", "5 apples", "", "1e3%"])
def test_refuses_what_is_no_budget(text: str | float) -> None:
    with pytest.raises(ClassSRError, match="expected a share"):
        parse_budget(text)


def test_both_protocols_keep_to_a_budget() -> None:
    branches = [{"type": "FSRCNN", "d": d} for d in (8, 12, 16)]
    network = create(classsr_spec(branches), scale=4)
    network.eval()
    runner = PaddleRunner(network)
    image = np.random.default_rng(0).integers(0, 256, (100, 140, 3), dtype=np.uint8)
    route = budget_router(Budget(50, "%"), flops_prices(list(FSRCNN), "%"))
    for protocol in (paper_protocol, full_protocol):
        classes = protocol(image, runner, route=route).classes
        assert FSRCNN[classes].mean() <= FSRCNN[2] / 2


def test_seconds_become_prices_of_a_megapixel() -> None:
    seconds = Seconds(classifier=1e-3, windows=(((1000, 1e-3),), ((4624, 2e-3 + 4624 * 2e-6),)))
    prices, fixed = seconds_prices(seconds, geometry=Geometry(tile=32, halo=2), scale=4)
    megapixel = 128**2 / 1e6
    assert fixed == pytest.approx(1e-3 / megapixel)
    expected = [68**2 * 1e-6 / 4, (2e-3 + 68**2 * 2e-6) / 4]
    assert prices == pytest.approx([value / megapixel for value in expected])
