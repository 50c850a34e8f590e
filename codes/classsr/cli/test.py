"""Test a checkpoint on data sets: python test.py -opt options/test.yml"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from classsr.build.data import build_pairs
from classsr.build.protocol import build_protocol
from classsr.checkpoints.native import load_network
from classsr.cli.main import option_parser
from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.evaluation.report import SetReport, write_report
from classsr.evaluation.scoring import evaluate
from classsr.images.rgb import write_image
from classsr.inference.budget import build_router
from classsr.inference.class_map import class_map
from classsr.inference.tiles import Restored
from classsr.models.flops import count_parts
from classsr.models.layers import count_parameters
from classsr.options.loading import load_options
from classsr.options.schema import TestOptions
from classsr.runtime.select import choose_runner
from classsr.system.device import set_device
from classsr.system.distributed import in_order, own_share, rank, start


def run() -> None:
    """Test the data sets that are there, then name the missing ones as an error."""
    arguments = option_parser(__doc__).parse_args()
    options = load_options(arguments.opt, overrides=arguments.overrides, kind=TestOptions)
    set_device(options.device)
    start()
    network, _ = load_network(options.path.pretrain_model)
    datasets, missing = open_datasets(options, scale=network.scale)
    if datasets:
        runner = choose_runner(network, backend=options.backend, precision=options.precision)
        cost = count_parts(network, tile=options.val.tile)
        route = build_router(options.budget, runner, cost)
        protocol, crop = build_protocol(options.val, runner, route=route), options.val.crop_border
        folder = options.path.results / options.name
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
            scores = evaluate(pairs, protocol, cost, crop=crop, keep=keep)
            bar = tqdm(
                scores,
                total=len(own_share(len(pairs))),
                desc=name,
                unit="image",
                disable=True if rank() else None,
            )
            reports.append(SetReport(name, in_order(list(bar), len(pairs))))
        about = (
            f"{options.path.pretrain_model}, {count_parameters(network):,} parameters, "
            + describe(options)
        )
        if rank() == 0:
            print(write_report(folder, title=options.name, about=about, sets=reports))
            print(f"written to {folder}/")
    if missing:
        raise ClassSRError("\nerror: ".join(missing))


def describe(options: TestOptions) -> str:
    """The protocol, and the budget where there is one, for the head of the report."""
    val = options.val
    step = f" every {val.step} LR pixels" if val.protocol == "paper" else ""
    budget = f", budget {options.budget}" if options.budget is not None else ""
    return f"{val.protocol} protocol, tiles of {val.tile}{step}{budget}"


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
        write_image(folder / f"{name}_classes.png", tinted)
