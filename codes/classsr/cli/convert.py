"""Convert weights between published checkpoints and those of this project."""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.build.network import network_spec
from classsr.checkpoints.native import load_network, save_network, set_weights
from classsr.checkpoints.published.reader import read_weights
from classsr.checkpoints.published.writer import write_npz, write_pth
from classsr.checkpoints.torch_names import from_published, to_published
from classsr.errors import ClassSRError
from classsr.models.spec import create
from classsr.options.loading import load_options
from classsr.options.schema import TrainOptions

WRITERS = {".npz": write_npz, ".pth": write_pth}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two files, and which way."""
    parser.add_argument("-i", dest="source", type=Path, required=True, metavar="FILE")
    parser.add_argument("-o", dest="target", type=Path, required=True, metavar="FILE")
    direction = parser.add_mutually_exclusive_group(required=True)
    direction.add_argument(
        "--model", help="network of the published weights, as in options/train_MODEL.yml"
    )
    direction.add_argument(
        "--to-published",
        action="store_true",
        help="write PyTorch's names and layouts into a .npz or .pth file",
    )
    parser.add_argument(
        "--options",
        type=Path,
        default=Path("options"),
        help="folder of the option files, whose networks --model names",
    )


def run(arguments: argparse.Namespace) -> None:
    """Convert the file that the command line names."""
    if arguments.to_published:
        written = export_weights(arguments.source, arguments.target)
    else:
        option_file = find_options(arguments.model, folder=arguments.options)
        written = import_weights(arguments.source, arguments.target, option_file=option_file)
    print(f"written to {written}")


def import_weights(source: Path, target: Path, *, option_file: Path) -> Path:
    """Write published weights as a checkpoint of the network that an option file describes."""
    target = target if target.suffix else target.with_suffix(".safetensors")
    if target.suffix != ".safetensors":
        raise ClassSRError(f"{target}: checkpoints of this project are .safetensors files")
    options = load_options(option_file, kind=TrainOptions)
    spec = network_spec(options)
    arrays = read_weights(source)
    network = create(spec, scale=options.scale)
    set_weights(network, from_published(network, arrays, source=source), source=source)
    save_network(target, network, spec=spec)
    return target


def export_weights(source: Path, target: Path) -> Path:
    """Write a checkpoint of this project under published names, as the target's ending says."""
    if target.suffix not in WRITERS:
        raise ClassSRError(f"{target}: expected a name that ends in {' or '.join(WRITERS)}")
    network, _ = load_network(source)
    WRITERS[target.suffix](target, to_published(network))
    return target


def find_options(model: str, *, folder: Path) -> Path:
    """The option file whose network is a model such as ClassSR_FSRCNN, FSRCNN_branch1 or RCAN_O."""
    files = {file.stem.removeprefix("train_"): file for file in folder.glob("train_*.yml")}
    if model not in files:
        known = ", ".join(sorted(name for name in files if not name.endswith("_joint")))
        raise ClassSRError(f"--model {model}: is unknown; expected one of {known}")
    return files[model]
