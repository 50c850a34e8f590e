"""Write a checkpoint as a folder to deploy: classsr export -m MODEL.safetensors -o FOLDER"""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.checkpoints.load import open_network
from classsr.errors import ClassSRError
from classsr.runtime.export import export
from classsr.runtime.load import find_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A checkpoint and a folder."""
    parser.add_argument(
        "-m", "-n", "--model", required=True, help="name of a shipped model, or checkpoint"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")


def run(arguments: argparse.Namespace) -> None:
    """Export ONNX and Paddle Inference models with a manifest."""
    model = find_model(arguments.model)
    if model.is_dir():
        raise ClassSRError(f"{model}: is an exported folder; name the checkpoint it was made from")
    network, spec = open_network(model)
    manifest = export(network, arguments.output, spec=spec)
    print(f"{arguments.output}/: {len(manifest.sha256)} model files and manifest.json")
