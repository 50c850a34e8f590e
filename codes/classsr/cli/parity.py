"""Compare the runners of a checkpoint: classsr parity -opt options/test.yml"""

from __future__ import annotations

import argparse

from classsr.build.data import build_pairs
from classsr.checkpoints.load import open_network
from classsr.cli.option_files import add_option_file
from classsr.errors import ClassSRError
from classsr.evaluation.backend_parity import compare_backends
from classsr.evaluation.markdown import row, table
from classsr.models.classsr import ClassSR
from classsr.options.loading import load_options
from classsr.options.schema.testing import TestOptions
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.select import Backend, Precision, choose_runner
from classsr.system.device import set_device

HEADER = (
    "data set", "runner", "PSNR", "less than Paddle", "largest difference", "other classes",
)  # fmt: skip
RUNNERS: list[tuple[Backend, Precision]] = [
    ("inference", "float32"),
    ("openvino", "float32"),
    ("openvino", "bfloat16"),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option file of a test."""
    add_option_file(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print a row for each data set of the option file and each runner."""
    options = load_options(arguments.opt, overrides=arguments.overrides, kind=TestOptions)
    set_device("cpu")
    network, _ = open_network(options.path.pretrain_model)
    if not isinstance(network, ClassSR):
        raise ClassSRError(f"{options.path.pretrain_model}: has no classes to compare")
    reference = PaddleRunner(network)
    runners = {
        f"{backend} {precision}": choose_runner(network, backend=backend, precision=precision)
        for backend, precision in RUNNERS
    }
    print(table(HEADER, (), text_columns=2))
    for dataset in options.datasets:
        pairs = build_pairs(dataset, scale=network.scale)
        for name, runner in runners.items():
            found = compare_backends(pairs, runner, reference, crop_border=options.val.crop_border)
            cells = (
                dataset.name,
                name,
                f"{found.psnr:.3f}",
                f"{found.reference - found.psnr:.4f}",
                f"{found.largest:.1e}",
                f"{found.differing} of {found.tiles}",
            )
            print(row(cells), flush=True)
