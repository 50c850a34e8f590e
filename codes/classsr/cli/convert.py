"""Convert weights between published checkpoints and those of this project.

classsr convert official.pth                      writes official.safetensors
classsr convert ours.safetensors -o back.pth      writes published names and layouts
"""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.build.network import network_spec
from classsr.checkpoints.load import load_published
from classsr.checkpoints.native import load_network, save_network
from classsr.checkpoints.published.writer import write_npz, write_pth
from classsr.checkpoints.torch_names import to_published
from classsr.errors import ClassSRError
from classsr.models.bounds import SCALES
from classsr.options.loading import load_options
from classsr.options.schema.training import TrainOptions

SUFFIX = ".safetensors"
WRITERS = {".npz": write_npz, ".pth": write_pth}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A file, where its conversion goes, and what the weights do not tell."""
    parser.add_argument("source", type=Path, metavar="FILE", help="weights to convert")
    parser.add_argument(
        "-o",
        dest="target",
        type=Path,
        metavar="FILE",
        help="where to; .npz and .pth get published names [FILE with the ending .safetensors]",
    )
    parser.add_argument("--scale", type=int, choices=SCALES, help="where weights do not tell it")
    parser.add_argument(
        "--model", help="network of the weights, as in options/train_MODEL.yml [recognised]"
    )
    parser.add_argument(
        "--options",
        type=Path,
        default=Path("options"),
        help="folder of the option files, whose networks --model names",
    )


def run(arguments: argparse.Namespace) -> None:
    """Convert the file that the command line names."""
    source = arguments.source
    target = arguments.target or source.with_suffix(SUFFIX)
    if target.suffix in WRITERS:
        network, _ = load_network(source)
        WRITERS[target.suffix](target, to_published(network))
    else:
        option_file = None
        if arguments.model:
            option_file = find_options(arguments.model, folder=arguments.options)
        target = import_weights(source, target, option_file=option_file, scale=arguments.scale)
    print(f"written to {target}")


def import_weights(
    source: Path, target: Path, *, option_file: Path | None = None, scale: int | None = None
) -> Path:
    """Write published weights as a checkpoint.

    option_file: describes their network, which is recognised where it is left out.
    scale: of the network, where the weights do not tell it.
    """
    target = target if target.suffix else target.with_suffix(SUFFIX)
    if target.suffix != SUFFIX:
        endings = ", ".join([SUFFIX, *WRITERS])
        raise ClassSRError(f"{target}: expected a name that ends in one of {endings}")
    if target.resolve() == source.resolve():
        raise ClassSRError(f"{source}: would be written over; name another file with -o")
    spec = None
    if option_file is not None:
        options = load_options(option_file, kind=TrainOptions)
        spec, scale = network_spec(options), options.scale
    network, spec = load_published(source, spec=spec, scale=scale)
    save_network(target, network, spec=spec)
    print(f"{source}: {described(spec)}, x{network.scale}")
    return target


def described(spec: dict[str, object]) -> str:
    """A description as a line, as in `ClassSR of FSRCNN d=16 s=12 m=4, ...`."""
    branches = spec.get("branches")
    if isinstance(branches, list):
        return f"ClassSR of {', '.join(map(described, branches))}"
    options = [f"{key}={value}" for key, value in spec.items() if key != "type"]
    return " ".join([str(spec["type"]), *options])


def find_options(model: str, *, folder: Path) -> Path:
    """The option file whose network is a model such as ClassSR_FSRCNN, FSRCNN_branch1 or RCAN_O."""
    files = {file.stem.removeprefix("train_"): file for file in folder.glob("train_*.yml")}
    if model not in files:
        known = ", ".join(sorted(name for name in files if not name.endswith("_joint")))
        raise ClassSRError(f"--model {model}: is unknown; expected one of {known}")
    return files[model]
