"""Models on whole images: parameters, PSNR and FLOPs beside the paper's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from classsr.data.paired_folder import PairFolder
from classsr.evaluation.budget_sweep import SweepPoint, measure_protocol
from classsr.evaluation.markdown import DASH, flops_and_share, table
from classsr.evaluation.paper.datasets import SCALE
from classsr.evaluation.paper.results import PARAMETERS, RESULTS, Published
from classsr.evaluation.paper.weights import Weights, classsr, original
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.tile_grid import PAPER_TILE
from classsr.models.flops import count_network
from classsr.models.layers import count_parameters
from classsr.runtime.select import choose_runner

HEADER = (
    "model", "weights", "parameters", "paper", "PSNR", "paper", "FLOPs", "paper",
    "FLOPs (exact)", "tiles by class",
)  # fmt: skip
NOTES = (
    "PSNR on RGB in dB under the paper's protocol; FLOPs of a tile as the paper counts them and, "
    "exact, with the classifier, the overlap of the tiles and only the multiplications that a "
    "deconvolution needs; in brackets the share of the widest branch. *paper*: what the paper "
    "prints for the column before it."
)
UNPUBLISHED = Published(DASH, DASH)

# Row of the table -> the experiments whose weights it can show.
Models = Mapping[str, Sequence[str]]


def main_models(backbones: Sequence[str]) -> Models:
    """The original network and ClassSR of each backbone."""
    models = {}
    for backbone in backbones:
        models[f"{backbone}-O"] = original(backbone)
        models[f"ClassSR-{backbone}"] = classsr(backbone)
    return models


def loss_models() -> Models:
    """ClassSR-FSRCNN as published, and with losses left out or other numbers of classes."""
    variants = {
        "": "",
        ", without class loss": "_no_class_loss",
        ", without average loss": "_no_average_loss",
        ", 2 classes": "_2classes",
        ", 4 classes": "_4classes",
        ", 5 classes": "_5classes",
    }
    return {
        f"ClassSR-FSRCNN{title}": [f"ClassSR_FSRCNN{suffix}"] for title, suffix in variants.items()
    }


@dataclass(frozen=True)
class Measured:
    """What one checkpoint reaches on the data sets, by their name."""

    weights: Weights
    parameters: int
    points: dict[str, SweepPoint]


def measured(weights: Weights, sets: Mapping[str, PairFolder]) -> Measured:
    """Run a checkpoint on whole images under the paper's protocol."""
    network = weights.load()
    protocol = partial(paper_protocol, runner=choose_runner(network, precision="float32"))
    cost = count_network(network, tile=PAPER_TILE)
    points = {
        name: measure_protocol(
            name, pairs, protocol, cost, full=cost.branches[-1], crop_border=SCALE, line=False
        )
        for name, pairs in sets.items()
    }
    return Measured(weights, count_parameters(network), points)


def set_table(name: str, models: Mapping[str, Sequence[Measured]]) -> str:
    """The models on one data set; the paper's figures stand alone where no weights are its size."""
    rows: list[tuple[str, ...]] = []
    for model, checkpoints in models.items():
        published = RESULTS.get(model, {}).get(name)
        rows += [_row(model, checkpoint, name, published) for checkpoint in checkpoints]
        if published is not None and not any(c.weights.full_size for c in checkpoints):
            psnr, flops = published
            rows.append((model, DASH, DASH, PARAMETERS[model], DASH, psnr, DASH, flops, DASH, DASH))
    return table(HEADER, rows, text_columns=2)


def published_table(names: Sequence[str], models: Models) -> str:
    """What the paper prints for data sets that are not there, as PSNR, FLOPs."""
    rows = [
        (model, PARAMETERS[model], *(", ".join(RESULTS[model][name]) for name in names))
        for model in models
        if model in RESULTS
    ]
    return table(("model", "parameters", *names), rows)


def _row(
    model: str, checkpoint: Measured, name: str, published: Published | None
) -> tuple[str, ...]:
    point = checkpoint.points[name]
    parameters = PARAMETERS.get(model, DASH)
    if not checkpoint.weights.full_size:
        published, parameters = None, DASH
    psnr, flops = published or UNPUBLISHED
    return (
        checkpoint.weights.called(model),
        str(checkpoint.weights),
        f"{checkpoint.parameters:,}",
        parameters,
        f"{point.psnr:.2f}",
        psnr,
        flops_and_share(point.flops.paper, point.full.paper),
        flops,
        flops_and_share(point.flops.exact, point.full.exact),
        " / ".join(str(count) for count in point.tiles),
    )
