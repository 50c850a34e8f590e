"""Parameters and multiply-accumulates of networks on one image, beside published figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from classsr.evaluation.markdown import DASH, table
from classsr.evaluation.paper.results import BACKBONES
from classsr.models.cost import Cost
from classsr.models.flops import count_network
from classsr.models.layers import count_parameters
from classsr.models.spec import classsr_spec, create

TILE = 32
WIDTHS = {
    "FSRCNN": ("d", (16, 36, 56)),
    "CARN": ("nf", (36, 52, 64)),
    "SRResNet": ("nf", (36, 52, 64)),
    "RCAN": ("n_feats", (36, 50, 64)),
}
HEADER = (
    "network", "output", "parameters", "slides", "multiply-accumulates", "slides", "exact",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A network, and what the slides of the Paddle reproduction of 2021 print for it.

    parameters in millions, multiply_accumulates in billions.
    """

    name: str
    spec: dict[str, Any]
    scale: int
    parameters: str = DASH
    multiply_accumulates: str = DASH


# The slides print no scale and no settings; these are the ones that fit.
REFERENCES = (
    Row("VDSR", {"type": "VDSR"}, 2, "0.7 M", "272.5 G"),
    Row("CARN", {"type": "FullCARN", "multi_scale": True}, 2, "1.6 M", "99.1 G"),
    Row("SRFBN-S", {"type": "SRFBN"}, 2, "0.3 M", "255.3 G"),
)
DETECTORS = (
    ("YOLOv4", "64.4 M", "35.5 G"),
    ("YOLOv3-tiny", "8.9 M", "3.3 G"),
    ("a small YOLOv4", "4.6 M", "4.0 G"),
)
NOTES = """Multiply-accumulates at an input of {size} x {size}: half the FLOPs as the paper counts \
them, a deconvolution at its output positions; exact, at its input positions. *slides*: what the \
slides of the Paddle reproduction of ClassSR (2021) print for the column before it. ClassSR: the \
classifier, and a third of the image through each branch, without overlap; in brackets, all of it \
through the simplest and through the widest branch. The detectors' rows are the slides' and are \
not counted here."""


def complexity_table(*, size: int = 320) -> str:
    """The slides' networks, their detectors, and those of this project, as Markdown.

    size: side of the input, a multiple of TILE.
    """
    rows = [_cells(row, size=size) for row in (*REFERENCES, *_own())]
    detectors = [(name, DASH, DASH, p, DASH, macs, DASH) for name, p, macs in DETECTORS]
    notes = NOTES.format(size=size)
    return f"{notes}\n\n{table(HEADER, [*rows[:3], *detectors, *rows[3:]], text_columns=2)}"


def _own() -> Iterator[Row]:
    for backbone in BACKBONES:
        key, widths = WIDTHS[backbone]
        branches = [{"type": backbone, key: width} for width in widths]
        yield Row(f"{backbone}-O", branches[-1], 4)
        yield Row(f"ClassSR-{backbone}", classsr_spec(branches), 4)


def _cells(row: Row, *, size: int) -> tuple[str, ...]:
    network = create(row.spec, scale=row.scale)
    # Counted on a tile: all layers but RCAN's gates grow with the area.
    cost = count_network(network, tile=TILE)
    tiles = (size / TILE) ** 2
    ends = ""
    if len(cost.branches) > 1:
        first, last = (
            _billions(cost.classifier.paper + b.paper, tiles) for b in cost.branches[::2]
        )
        ends = f" ({first} to {last})"
    total = cost.classifier + sum(cost.branches, Cost()) * (1 / len(cost.branches))
    return (
        row.name,
        f"{row.scale * size} x {row.scale * size}",
        f"{count_parameters(network) / 1e6:.3f} M",
        row.parameters,
        f"{_billions(total.paper, tiles)} G{ends}",
        row.multiply_accumulates,
        f"{_billions(total.exact, tiles)} G",
    )


def _billions(flops: float, tiles: float) -> str:
    return f"{flops * tiles / 2e9:.1f}"
