"""Routed against the plain network on this machine: classsr benchmark --against-whole"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import paddle
from skimage import data

from classsr.build.network import network_spec
from classsr.checkpoints.native import load_network
from classsr.evaluation.benchmark import SIZES
from classsr.evaluation.machine import race_exported, race_row
from classsr.images.resize import imresize
from classsr.images.rgb import list_images, read_image
from classsr.models.cost import NetworkCost
from classsr.models.spec import create
from classsr.options.loading import load_options
from classsr.options.schema.training import TrainOptions
from classsr.runtime.export import export
from classsr.runtime.load import exported_cost, find_model


def races(arguments: argparse.Namespace) -> Iterator[list[str]]:
    """The rows of the table that --against-whole asks for."""
    for name, precision, size in product(
        arguments.against_whole, arguments.precisions, arguments.sizes
    ):
        random_weights = name.endswith(".yml")
        with tempfile.TemporaryDirectory() as text:
            folder, baseline = Path(text) / "routed", Path(text) / "baseline"
            if random_weights:
                write_export(network_spec(load_options(Path(name), kind=TrainOptions)), folder)
            else:
                network, spec = load_network(find_model(name))
                export(network, folder, spec=spec)
            if arguments.baseline:
                network, spec = load_network(find_model(arguments.baseline))
                export(network, baseline, spec=spec)
            images = list(lr_images(arguments, size))
            found = race_exported(
                folder,
                images[:1] if random_weights else images,
                baseline=baseline if arguments.baseline else folder,
                precision=precision,
                turns=arguments.turns,
                by_thirds=random_weights,
                budget=arguments.budget,
            )
        within = f" within {arguments.budget}" if arguments.budget else ""
        yield race_row(f"{Path(name).stem}{within}", precision, size, found)


def lr_images(arguments: argparse.Namespace, size: str) -> Iterator[np.ndarray]:
    """The photographs, scaled so that their results have the long side of a size."""
    if arguments.photographs is None:
        yield photograph(arguments.image, size)
        return
    for path in list_images(arguments.photographs):
        image = read_image(path)
        scale = max(SIZES[size]) / max(image.shape[:2])
        height, width = (round(scale * length) for length in image.shape[:2])
        yield imresize(image, size=(height, width))


def photograph(file: Path | None, size: str) -> np.ndarray:
    """A photograph, or scikit-image's, as the LR image of an output size."""
    image = data.astronaut() if file is None else read_image(file)
    return imresize(image, size=SIZES[size])


def write_export(spec: dict[str, Any], folder: Path) -> NetworkCost:
    """Export a network with random weights; returns what a tile costs."""
    paddle.seed(0)
    network = create(spec, scale=4)
    network.eval()
    return exported_cost(export(network, folder, spec=spec))
