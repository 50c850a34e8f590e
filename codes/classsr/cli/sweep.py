"""Score a checkpoint at a row of budgets: classsr sweep -opt options/test.yml

The first data set of the option file is scored. The branches alone are points in the picture, and
so is every network after --plain. Writes pareto.md, pareto.csv and pareto.png to results/<name>/.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from paddle import nn
from tqdm import tqdm

from classsr.build.data import build_protocol
from classsr.checkpoints.load import open_network
from classsr.cli.option_files import add_option_file, add_overwrite, open_study, write_study
from classsr.data.paired_folder import PairFolder
from classsr.evaluation.budget_sweep import SweepPoint, draw, measure_protocol, to_csv, to_markdown
from classsr.inference.budget import SWEEP, build_router
from classsr.models.cost import Cost
from classsr.models.flops import count_network
from classsr.options.schema.testing import TestOptions
from classsr.runtime.select import choose_runner


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option file of a test, and other networks."""
    add_option_file(parser)
    add_overwrite(parser)
    parser.add_argument("--plain", type=Path, nargs="*", default=[], help="checkpoints to compare")


def run(arguments: argparse.Namespace) -> None:
    """Score the budgets, the paper's router, the branches alone and other plain networks."""
    options, network, pairs, results = open_study(arguments, name="pareto")
    full = count_network(network, tile=options.val.tile).branches[-1]
    points = list(scored(network, pairs, options, full=full, budgets=[None, *SWEEP]))
    plain = {f"branch {number}": b for number, b in enumerate(network.branches, start=1)}
    plain |= {path.stem: open_network(path)[0] for path in arguments.plain}
    for name, other in plain.items():
        points += scored(other, pairs, options, full=full, name=name)
    write_study(
        results, markdown=to_markdown(points), csv=to_csv(points), draw=partial(draw, points)
    )


def scored(
    network: nn.Layer,
    pairs: PairFolder,
    options: TestOptions,
    *,
    full: Cost,
    budgets: list[str | None] | None = None,
    name: str = "argmax",
) -> Iterator[SweepPoint]:
    """The mean score of a network at each budget; None stands for no budget.

    full: what FLOPs are shares of.
    """
    runner = choose_runner(network, backend=options.backend, precision=options.precision)
    cost = count_network(network, tile=options.val.tile)
    for budget in tqdm(budgets or [None], desc=name, disable=None):
        route = build_router(budget, runner, cost)
        protocol = build_protocol(options.val, runner, route=route)
        yield measure_protocol(
            budget or name,
            pairs,
            protocol,
            cost,
            full=full,
            crop_border=options.val.crop_border,
            line=budget is not None,
        )
