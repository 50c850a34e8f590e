"""What the commands share that take an option file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from classsr.build.data import build_pairs
from classsr.checkpoints.load import open_network
from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.evaluation.figures import check_drawing
from classsr.models.classsr import ClassSR
from classsr.options.loading import load_options
from classsr.options.schema.testing import TestOptions
from classsr.system.device import set_device
from classsr.system.files import write_atomic


def add_option_file(parser: argparse.ArgumentParser, *, default: Path | None = None) -> None:
    """-opt FILE and -o key.sub=value."""
    parser.add_argument(
        "-opt",
        type=Path,
        default=default,
        required=default is None,
        metavar="FILE",
        help="option file (YAML)",
    )
    add_overrides(parser)


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """--overwrite."""
    parser.add_argument("--overwrite", action="store_true", help="replace the results of before")


def keep_existing(path: Path, *, overwrite: bool) -> None:
    """Raise ClassSRError for results that are there already, unless they may be replaced."""
    if path.exists() and not overwrite:
        raise ClassSRError(
            f"{path}: exists already; replace it with --overwrite, "
            f"or choose another name with -o name=..."
        )


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """-o key.sub=value."""
    parser.add_argument(
        "-o",
        dest="overrides",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="override an option, as in -o train.lr=1e-4 datasets.train.batch_size=8",
    )


def open_study(
    arguments: argparse.Namespace, *, name: str
) -> tuple[TestOptions, ClassSR, PairFolder, Path]:
    """A ClassSR to study on the first data set of an option file.

    Returns the options, the network, the images, and where results go without their endings.

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
