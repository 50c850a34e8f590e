"""Test a checkpoint on data sets: classsr test -opt options/test.yml"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
from paddle import nn
from tqdm import tqdm

from classsr.build.data import build_pairs, build_protocol
from classsr.checkpoints.load import open_network
from classsr.cli.option_files import add_option_file, add_overwrite, keep_existing
from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.evaluation.image_scores import Score, evaluate
from classsr.evaluation.report import SetReport, write_report
from classsr.images.rgb import write_image
from classsr.inference.budget import build_router
from classsr.inference.class_map import class_map, with_legend
from classsr.inference.run_tiles import Restored
from classsr.models.flops import count_network
from classsr.models.layers import count_parameters
from classsr.options.loading import load_options
from classsr.options.schema.testing import TestOptions
from classsr.runtime.load import find_model
from classsr.runtime.select import choose_runner
from classsr.system.device import set_device
from classsr.system.distributed import gather_in_order, rank, shard_indices, start

log = logging.getLogger("classsr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option file."""
    add_option_file(parser, default=Path("options/test.yml"))
    parser.add_argument(
        "-n",
        "--model",
        help="experiment, shipped model, checkpoint or published weights, in place of that of the "
        "option file",
    )
    add_overwrite(parser)


def run(arguments: argparse.Namespace) -> None:
    """Test the data sets that are there, then name the missing ones as an error."""
    overrides = [*of_model(arguments.model), *arguments.overrides]
    options = load_options(arguments.opt, overrides=overrides, kind=TestOptions)
    folder = options.path.results / options.name
    keep_existing(folder / "report.md", overwrite=arguments.overwrite)
    set_device(options.device)
    start()
    network, _ = open_network(options.path.pretrain_model)
    datasets, missing = open_datasets(options, scale=network.scale)
    reports = score(network, datasets, options, folder=folder) if datasets else []
    scored = [report for report in reports if report.scores]
    if rank() == 0 and scored:
        parameters = f"{count_parameters(network):,} parameters"
        about = f"{options.path.pretrain_model}, {parameters}, {describe(options)}"
        print(write_report(folder, title=options.name, about=about, sets=scored))
        print(f"written to {folder}/")
    tell(missing, [error for report in reports for error in report.failed])


def score(
    network: nn.Layer, datasets: Mapping[str, PairFolder], options: TestOptions, *, folder: Path
) -> list[SetReport]:
    """Score every data set, and write the pictures that are asked for to `folder`/<data set>."""
    runner = choose_runner(network, backend=options.backend, precision=options.precision)
    cost = count_network(network, tile=options.val.tile)
    route = build_router(options.budget, runner, cost)
    protocol = build_protocol(options.val, runner, route=route)
    reports = []
    for name, pairs in datasets.items():
        keep = partial(
            write_pictures,
            folder=folder / name,
            num_classes=runner.num_classes,
            scale=runner.scale,
            sr=options.save_img,
            classes=options.class_map,
        )
        bar = tqdm(
            evaluate(pairs, protocol, cost, crop_border=options.val.crop_border, keep=keep),
            total=len(shard_indices(len(pairs))),
            desc=name,
            unit="image",
            disable=True if rank() else None,
        )
        results = gather_in_order(list(bar), len(pairs))
        scores = [result for result in results if isinstance(result, Score)]
        errors = [str(result) for result in results if isinstance(result, ClassSRError)]
        reports.append(SetReport(name, scores, tuple(errors)))
    return reports


def tell(missing: list[str], failed: list[str]) -> None:
    """Raise ClassSRError where a data set is missing or a pair could not be tested."""
    *others, last = [*missing, *failed] or [""]
    for error in others:
        log.error("%s", error)
    if last:
        raise ClassSRError(last)


def of_model(model: str | None) -> list[str]:
    """The overrides that test a model by its name, with results under that name."""
    if model is None:
        return []
    path = find_model(model)
    name = [f"name={json.dumps(model)}"] if path != Path(model) else []
    return [f"path.pretrain_model={json.dumps(str(path))}", *name]


def describe(options: TestOptions) -> str:
    """The protocol, and the budget where there is one, for the head of the report."""
    val = options.val
    stride = f" every {val.stride} LR pixels" if val.protocol == "paper" else ""
    budget = f", budget {options.budget}" if options.budget is not None else ""
    return f"{val.protocol} protocol, tiles of {val.tile}{stride}{budget}"


def open_datasets(options: TestOptions, *, scale: int) -> tuple[dict[str, PairFolder], list[str]]:
    """The data sets that can be opened, and a line for each that can not."""
    datasets, missing = {}, []
    for pairs in options.datasets:
        try:
            datasets[pairs.name] = build_pairs(pairs, scale=scale)
        except ClassSRError as error:
            missing.append(str(error))
    return datasets, missing


def write_pictures(
    name: str,
    restored: Restored,
    *,
    folder: Path,
    num_classes: int,
    scale: int,
    sr: bool,
    classes: bool,
) -> None:
    """Write <name>.png and its class map <name>_classes.png, as asked for."""
    if sr:
        write_image(folder / f"{name}.png", np.rint(restored.image).astype(np.uint8))
    if classes:
        tinted = class_map(
            restored.image,
            restored.tiling,
            restored.classes,
            num_classes=num_classes,
            scale=scale,
        )
        named = with_legend(tinted, num_classes=num_classes)
        write_image(folder / f"{name}_classes.png", named)
