"""What the commands share that study a ClassSR on the first data set of an option file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from classsr.build.data import build_pairs
from classsr.checkpoints.load import open_network
from classsr.cli.option_arguments import keep_existing
from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.evaluation.figures import check_drawing
from classsr.models.classsr import ClassSR
from classsr.options.loading import load_options
from classsr.options.schema.testing import TestOptions
from classsr.system.device import set_device
from classsr.system.files import write_atomic


def open_study(
    arguments: argparse.Namespace, *, name: str
) -> tuple[TestOptions, ClassSR, PairFolder, Path]:
    """The options, the network, the images, and where results go without their endings.

    name: of the results in the folder of the test.
    Raises ClassSRError for results that are there already, and for a network without classes.
    """
    options = load_options(arguments.opt, overrides=arguments.overrides, kind=TestOptions)
    results = options.path.results / options.name / name
    keep_existing(results.with_suffix(".md"), overwrite=arguments.overwrite)
    check_drawing()
    set_device(options.device)
    network, _ = open_network(options.path.pretrain_model)
    if not isinstance(network, ClassSR):
        raise ClassSRError(f"{options.path.pretrain_model}: has no classes to choose")
    return options, network, build_pairs(options.datasets[0], scale=network.scale), results


def write_study(results: Path, *, markdown: str, csv: str, draw: Callable[[Path], None]) -> None:
    """Write <results>.md, .csv and .png, and print the first."""
    write_atomic(results.with_suffix(".md"), markdown.encode())
    write_atomic(results.with_suffix(".csv"), csv.encode())
    draw(results.with_suffix(".png"))
    print(markdown)
    print(f"written to {results.parent}/")
