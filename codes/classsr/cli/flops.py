"""Count parameters and FLOPs of a network: classsr flops MODEL|options.yml [--input 320x320]

FLOPs are 2 x multiply-accumulates of convolutions and linear layers. "paper" counts a transposed
convolution at its output positions, "exact" at its input positions.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from paddle import nn

from classsr.build.network import network_spec
from classsr.checkpoints.load import open_network
from classsr.evaluation.markdown import table
from classsr.models.classsr import split_network
from classsr.models.flops import count
from classsr.models.layers import count_parameters
from classsr.models.spec import create
from classsr.options.loading import load_options
from classsr.options.schema.training import TrainOptions
from classsr.runtime.load import find_model

HEADER = ("part", "parameters", "FLOPs (paper)", "FLOPs (exact)", "multiply-accumulates")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A network and the size of its input."""
    parser.add_argument("model", help="shipped model, checkpoint, or option file of a training")
    parser.add_argument(
        "--input", type=input_size, default="32x32", metavar="WxH", help="LR pixels"
    )


def input_size(text: str) -> tuple[int, int]:
    """Read `320x320` as (width, height)."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None or not int(match[1]) * int(match[2]):
        raise argparse.ArgumentTypeError(f"expected a size such as 320x320, found {text!r}")
    return int(match[1]), int(match[2])


def run(arguments: argparse.Namespace) -> None:
    """Print a row for each part of the network."""
    network = build(arguments.model)
    width, height = arguments.input
    rows = []
    for name, part in named_parts(network).items():
        cost = count(part, height=height, width=width)
        rows.append(
            (
                name,
                f"{count_parameters(part):,}",
                f"{cost.paper / 1e6:,.2f} M",
                f"{cost.exact / 1e6:,.2f} M",
                f"{cost.exact / 2e6:,.2f} M",
            )
        )
    print(f"{type(network).__name__}, {count_parameters(network):,} parameters; ", end="")
    print(f"input of {width} x {height}, x{network.scale}\n")
    print(table(HEADER, rows))


def build(model: str) -> nn.Layer:
    """The network of a checkpoint, or of an option file with its first weights."""
    if model.endswith((".yml", ".yaml")):
        options = load_options(Path(model), kind=TrainOptions)
        return create(network_spec(options), scale=options.scale)
    return open_network(find_model(model))[0]


def named_parts(network: nn.Layer) -> dict[str, nn.Layer]:
    """The classifier and the branches, or a plain network by itself."""
    classifier, branches = split_network(network)
    if classifier is None:
        return {"network": network}
    numbered = {f"branch {number}": branch for number, branch in enumerate(branches, start=1)}
    return {"classifier": classifier, **numbered}
