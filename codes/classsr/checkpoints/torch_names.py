"""The names and layouts of published PyTorch checkpoints, and ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from paddle import nn

from classsr.errors import ClassSRError
from classsr.models.layers import MeanShift

PYTORCH_LEAVES = {"_mean": "running_mean", "_variance": "running_var", "_weight": "weight"}
SHOWN = 5  # names of each kind of mismatch
COUNTER = "num_batches_tracked"  # PyTorch's batch norm stores it; nothing here reads it


@dataclass(frozen=True)
class Entry:
    """One array of a network.

    published, shape: its published name and its shape there.
    transposed: whether PyTorch stores its transpose.
    constant: whether it is a constant of the paper, which some trainings leave out of their files.
    """

    published: str
    shape: tuple[int, ...]
    transposed: bool
    constant: bool


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
                published=published_name(name),
                shape=shape[::-1] if transposed else shape,
                transposed=transposed,
                constant=isinstance(layer, MeanShift),
            )
    return found


def published_name(name: str) -> str:
    """The published name of one of our arrays."""
    name = re.sub(r"^branches\.(\d{1,3})\.", lambda match: f"net{int(match[1]) + 1}.", name)
    name = name.replace("classifier.features.", "classifier.CondNet.")
    return pytorch_leaf(name.replace("classifier.head.", "classifier.lastOut."))


def from_published(
    network: nn.Layer, arrays: Mapping[str, np.ndarray], *, source: Path = Path("weights")
) -> dict[str, np.ndarray]:
    """Published arrays under our names and in our layout.

    Files of Paddle ports are taken as well: the published layer names with Paddle's own names
    and layout inside the layers. Constants that the file leaves out are the network's own.

    Raises ClassSRError that lists all entries that are missing, superfluous, misshapen, or not
    finite.
    """
    wanted, own = entries(network), network.state_dict()
    given = {
        pytorch_leaf(name): array for name, array in arrays.items() if not name.endswith(COUNTER)
    }
    for name, entry in wanted.items():
        if entry.constant:
            given.setdefault(entry.published, own[name].numpy())
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


def mismatches(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, np.ndarray]) -> str:
    """What keeps arrays from fitting the expected names and shapes; empty where they fit."""
    fitting = [name for name in expected if name in found]
    groups = {
        "missing": [name for name in expected if name not in found],
        "superfluous": [f"{name:.60}" for name in found if name not in expected],
        "misshapen": [
            f"{name} {found[name].shape} instead of {expected[name]}"
            for name in fitting
            if found[name].shape != expected[name]
        ],
        "not finite": [name for name in fitting if not np.isfinite(found[name]).all()],
    }
    return "; ".join(f"{kind}: {_listed(names)}" for kind, names in groups.items() if names)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


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
