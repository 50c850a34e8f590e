"""The names and layouts of published PyTorch checkpoints, and ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from paddle import nn

from classsr.checkpoint import mismatches
from classsr.errors import ClassSRError

STATISTICS = {"_mean": "running_mean", "_variance": "running_var"}
COUNTER = "num_batches_tracked"  # PyTorch's batch norm stores it; nothing here reads it


@dataclass(frozen=True)
class Entry:
    """One array of a network: its published name, and whether PyTorch stores its transpose."""

    published: str
    shape: tuple[int, ...]
    transposed: bool


def entries(network: nn.Layer) -> dict[str, Entry]:
    """The published name and shape of every array of a network, by our name."""
    found = {}
    for path, layer in network.named_sublayers(include_self=True):
        own = layer.state_dict(include_sublayers=False)
        for leaf, tensor in own.items():
            name = f"{path}.{leaf}" if path else leaf
            transposed = isinstance(layer, nn.Linear) and leaf == "weight"
            shape = tuple(tensor.shape)
            found[name] = Entry(
                published=published_path(f"{path}.{_published_leaf(layer, leaf)}"),
                shape=shape[::-1] if transposed else shape,
                transposed=transposed,
            )
    return found


def published_path(name: str) -> str:
    """The published name of one of our parameters; plain networks keep theirs."""
    name = re.sub(r"^branches\.(\d+)\.", lambda match: f"net{int(match[1]) + 1}.", name)
    name = name.replace("classifier.features.", "classifier.CondNet.")
    return name.replace("classifier.head.", "classifier.lastOut.")


def _published_leaf(layer: nn.Layer, leaf: str) -> str:
    if isinstance(layer, nn.PReLU):
        return "weight"
    return STATISTICS.get(leaf, leaf) if isinstance(layer, nn.BatchNorm2D) else leaf


def from_published(
    network: nn.Layer, arrays: Mapping[str, np.ndarray], *, source: Path = Path("weights")
) -> dict[str, np.ndarray]:
    """Published arrays under our names and in our layout.

    Raises ClassSRError that lists all missing, superfluous and misshapen entries.
    """
    wanted = entries(network)
    given = {name: array for name, array in arrays.items() if not name.endswith(COUNTER)}
    wrong = mismatches({entry.published: entry.shape for entry in wanted.values()}, given)
    if wrong:
        raise ClassSRError(
            f"{source}: is no published checkpoint of this {type(network).__name__}: {wrong}; "
            f"check the name of the model"
        )
    return {
        name: given[entry.published].T if entry.transposed else given[entry.published]
        for name, entry in wanted.items()
    }


def to_published(network: nn.Layer) -> dict[str, np.ndarray]:
    """The arrays of a network under their published names and in PyTorch's layout."""
    state = network.state_dict()
    arrays: dict[str, np.ndarray] = {}
    for name, entry in entries(network).items():
        array = state[name].numpy()
        arrays[entry.published] = np.ascontiguousarray(array.T) if entry.transposed else array
        if name.endswith("_variance"):
            counter = entry.published.replace("running_var", COUNTER)
            arrays[counter] = np.zeros((), dtype=np.int64)
    return arrays
