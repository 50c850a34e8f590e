"""Write a checkpoint as a folder to deploy: classsr export -m MODEL.safetensors -o FOLDER"""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.checkpoints.load import open_network
from classsr.runtime.export import export


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A checkpoint and a folder."""
    parser.add_argument("-m", "--model", type=Path, required=True, help="checkpoint (.safetensors)")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")


def run(arguments: argparse.Namespace) -> None:
    """Export ONNX and Paddle Inference models with a manifest."""
    network, spec = open_network(arguments.model)
    manifest = export(network, arguments.output, spec=spec)
    print(f"{arguments.output}/: {len(manifest.sha256)} model files and manifest.json")
