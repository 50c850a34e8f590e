"""Checkpoints: safetensors files that say which network they hold.

Weights and the description of their network go into one file, so that testing needs no option
file to build it.  The state of a training lies beside it in a second file.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from paddle import nn
from safetensors import SafetensorError
from safetensors.numpy import load, save

from classsr.errors import ClassSRError
from classsr.models.spec import create
from classsr.system.files import write_atomic

FORMAT = "classsr-1"


def save_network(path: Path, network: nn.Layer, *, spec: dict[str, Any]) -> None:
    """Write a network's weights with its description (see `models.spec`), atomically."""
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    description = {"network": spec, "scale": network.scale}
    write_arrays(path, arrays, description=description)


def load_network(path: Path) -> tuple[nn.Layer, dict[str, Any]]:
    """The network of a checkpoint in evaluation mode, and its description.

    Raises ClassSRError for a file that is missing, damaged, or no checkpoint of this project.
    """
    arrays, description = read_arrays(path)
    try:
        spec = description["network"]
        network = create(spec, scale=description["scale"])
    except (KeyError, TypeError) as error:
        raise ClassSRError(
            f"{path}: does not describe a network of this version ({error}); "
            f"convert published weights with scripts/convert_weights.py"
        ) from error
    set_weights(network, arrays, source=path)
    network.eval()
    return network, spec


def load_weights(network: nn.Layer, path: Path) -> None:
    """Load a checkpoint into a network that must fit it in every name and shape."""
    arrays, _ = read_arrays(path)
    set_weights(network, arrays, source=path)


def set_weights(network: nn.Layer, arrays: Mapping[str, np.ndarray], *, source: Path) -> None:
    """Set every weight and buffer of a network; names and shapes must fit exactly.

    Raises ClassSRError that lists all missing, superfluous and misshapen entries.
    """
    own = network.state_dict()
    wrong = mismatches({name: tuple(t.shape) for name, t in own.items()}, arrays)
    if wrong:
        raise ClassSRError(
            f"{source}: is no checkpoint of this {type(network).__name__}: {wrong}; "
            f"check that the option file names the network that was trained"
        )
    for name, tensor in own.items():
        tensor.set_value(arrays[name])


def mismatches(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, np.ndarray]) -> str:
    """What keeps arrays from fitting the expected names and shapes; empty where they fit."""
    misshapen = [
        f"{name} {found[name].shape} instead of {shape}"
        for name, shape in expected.items()
        if name in found and found[name].shape != shape
    ]
    groups = {
        "missing": [name for name in expected if name not in found],
        "superfluous": [name for name in found if name not in expected],
        "misshapen": misshapen,
    }
    return "; ".join(f"{kind}: {_listed(names)}" for kind, names in groups.items() if names)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def write_arrays(path: Path, arrays: dict[str, np.ndarray], *, description: dict[str, Any]) -> None:
    """Write named arrays and a JSON description into one safetensors file, atomically."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    metadata = {"format": FORMAT, "description": json.dumps(description)}
    write_atomic(path, save(contiguous, metadata=metadata))


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `write_arrays` wrote."""
    try:
        content = path.read_bytes()
        arrays = load(content)
        (length,) = struct.unpack_from("<Q", content)
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    except OSError as error:
        raise ClassSRError(
            f"{path}: cannot read the checkpoint ({error.strerror}); "
            f"train it first, or name another one under path"
        ) from error
    except (SafetensorError, struct.error, ValueError) as error:
        raise ClassSRError(f"{path}: the checkpoint is damaged ({error})") from error
    if metadata.get("format") != FORMAT:
        raise ClassSRError(
            f"{path}: is a safetensors file, but no checkpoint of this project; "
            f"convert published weights with scripts/convert_weights.py"
        )
    return arrays, json.loads(metadata["description"])
