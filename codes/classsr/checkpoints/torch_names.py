"""The names and layouts of published PyTorch checkpoints, and ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from paddle import nn

from classsr.checkpoints.native import mismatches
from classsr.errors import ClassSRError

PYTORCH_LEAVES = {"_mean": "running_mean", "_variance": "running_var", "_weight": "weight"}
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
                published=published_path(pytorch_leaf(name)),
                shape=shape[::-1] if transposed else shape,
                transposed=transposed,
            )
    return found


def published_path(name: str) -> str:
    """The published name of one of our parameters; plain networks keep theirs."""
    name = re.sub(r"^branches\.(\d+)\.", lambda match: f"net{int(match[1]) + 1}.", name)
    name = name.replace("classifier.features.", "classifier.CondNet.")
    return name.replace("classifier.head.", "classifier.lastOut.")


def from_published(
    network: nn.Layer, arrays: Mapping[str, np.ndarray], *, source: Path = Path("weights")
) -> dict[str, np.ndarray]:
    """Published arrays under our names and in our layout.

    Files of Paddle ports are taken as well: the published layer names with Paddle's own names
    and layout inside the layers.

    Raises ClassSRError that lists all missing, superfluous and misshapen entries.
    """
    wanted = entries(network)
    given = {
        pytorch_leaf(name): array for name, array in arrays.items() if not name.endswith(COUNTER)
    }
    for entry in wanted.values():
        array = given.get(entry.published)
        if entry.transposed and array is not None and array.shape != entry.shape:
            given[entry.published] = array.T  # of a Paddle port
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


def pytorch_leaf(name: str) -> str:
    """PyTorch's name of a parameter that Paddle may have named."""
    path, dot, leaf = name.rpartition(".")
    return f"{path}{dot}{PYTORCH_LEAVES.get(leaf, leaf)}"


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
