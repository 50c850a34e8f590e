"""Measure how well a router chooses its tiles: classsr routing -opt options/test.yml

The first data set of the option file is scored under the paper's protocol, against chance, detail
and an oracle. Differences are from the network after --plain, or from the widest branch. A budget
holds for each image; with --together, for all as if they were one. Writes routing.md, routing.csv
and routing.png to results/<name>/.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from paddle import nn
from tqdm import tqdm

from classsr.checkpoints.load import open_network
from classsr.cli.option_files import add_option_file, add_overwrite, open_study, write_study
from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.evaluation.router_report import draw, to_csv, to_markdown
from classsr.evaluation.router_study import (
    ARGMAX,
    StudyPoint,
    compare_routers,
    through_every_branch,
)
from classsr.inference.budget import SWEEP, build_router
from classsr.inference.routing import Router
from classsr.inference.run_tiles import classify
from classsr.inference.tile_grid import cut_tiles, paper_tiling
from classsr.models.classsr import ClassSR
from classsr.models.flops import count_network
from classsr.options.schema.protocol import ProtocolOptions
from classsr.options.schema.testing import TestOptions
from classsr.runtime.runner import Runner
from classsr.runtime.select import choose_runner


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option file of a test, and what to compare with."""
    add_option_file(parser)
    add_overwrite(parser)
    parser.add_argument(
        "--plain", type=Path, help="checkpoint to compare with; the widest branch where left out"
    )
    parser.add_argument(
        "--together", action="store_true", help="budgets hold for all images as if they were one"
    )


def run(arguments: argparse.Namespace) -> None:
    """Score the router and its baselines, by argmax and at a row of budgets."""
    options, network, pairs, results = open_study(arguments, name="routing")
    if options.val.protocol != "paper":
        raise ClassSRError("val.protocol: the classes are compared tile by tile; use paper")
    names = [f"branch {number}" for number, _ in enumerate(network.branches, start=1)]
    reference = names[-1]
    plain = None
    if arguments.plain is not None:
        reference = arguments.plain.stem
        plain = load_plain(arguments.plain, scale=network.scale)
    settings = (None, *SWEEP)
    routings = scored(
        network, pairs, options, names=names, settings=settings, together=arguments.together
    )
    points = list(routings)
    if plain is not None:
        points += scored(plain, pairs, options, names=[reference])
    title = f"{options.path.pretrain_model} on {options.datasets[0].name}"
    write_study(
        results,
        markdown=to_markdown(points, title=title, reference=reference),
        csv=to_csv(points),
        draw=partial(draw, points, reference=reference),
    )


def load_plain(path: Path, *, scale: int) -> nn.Layer:
    """The network of a checkpoint, which must have no classes."""
    network, _ = open_network(path)
    if isinstance(network, ClassSR) or network.scale != scale:
        raise ClassSRError(f"{path}: expected a plain x{scale} network to compare with")
    return network


def scored(
    network: nn.Layer,
    pairs: PairFolder,
    options: TestOptions,
    *,
    names: list[str],
    settings: tuple[str | None, ...] = (),
    together: bool = False,
) -> Iterator[StudyPoint]:
    """The points of every image (see `evaluation.router_study`).

    names: of the branches; settings: budgets, and None for the paper's router.
    together: whether a budget is that of all images or of each.
    """
    runner = choose_runner(network, backend=options.backend, precision=options.precision)
    cost = count_network(network, tile=options.val.tile)
    routers = {budget or ARGMAX: build_router(budget, runner, cost) for budget in settings}
    val = options.val
    shared = routed_together(routers, pairs, runner, val) if together else None
    for index in tqdm(range(len(pairs)), desc=" ".join(names), unit="image", disable=None):
        lr, hr = pairs[index]
        branches = through_every_branch(
            lr, runner, tile=val.tile, stride=val.stride, batch_size=val.tile_batch_size
        )
        classes = shared[index] if shared else routed(routers, branches.logits)
        yield from compare_routers(
            pairs.names[index],
            hr,
            branches,
            cost,
            names=names,
            classes=classes,
            crop_border=val.crop_border,
        )


def routed_together(
    routers: Mapping[str, Router], pairs: PairFolder, runner: Runner, options: ProtocolOptions
) -> list[dict[str, np.ndarray]]:
    """The classes of each image's tiles by each router, which sees the tiles of all images."""
    logits = []
    for lr, _ in pairs:
        tiling = paper_tiling(*lr.shape[:2], tile=options.tile, stride=options.stride)
        logits.append(classify(cut_tiles(lr, tiling), runner, batch_size=options.tile_batch_size))
    ends = np.cumsum([len(of_image) for of_image in logits])[:-1]
    classes = routed(routers, np.concatenate(logits))
    parts = {setting: np.split(of_all, ends) for setting, of_all in classes.items()}
    return [{setting: of[i] for setting, of in parts.items()} for i in range(len(pairs))]


def routed(routers: Mapping[str, Router], logits: np.ndarray) -> dict[str, np.ndarray]:
    """The classes by each router."""
    return {setting: route(logits) for setting, route in routers.items()}
