"""Checkpoints: safetensors files that say which network they hold.

Weights and the description of their network go into one file, so that testing needs no option
file to build it.  The state of a training lies beside it in a second file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from paddle import nn
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from classsr.checkpoints.recognise import ARCHITECTURES, recognise
from classsr.checkpoints.torch_names import mismatches, published_name
from classsr.errors import ClassSRError
from classsr.models.spec import check_spec, create, schema
from classsr.system.files import is_there, write_atomic

FORMAT = "classsr-1"
NUMBERS = {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"}
DESCRIPTION = "description"  # the key of a file's metadata


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
    spec: Any = description.get("network")
    scale: Any = description.get("scale")
    try:
        check_spec(spec, scale=scale)
        check_description(spec, arrays)
    except ClassSRError as error:
        raise ClassSRError(
            f"{path}: does not describe a network of this version ({error})"
        ) from error
    network = create(spec, scale=scale)
    set_weights(network, arrays, source=path)
    network.eval()
    return network, spec


def is_checkpoint(path: Path) -> bool:
    """Whether a file is a checkpoint of this project, sound or not."""
    try:
        with safe_open(path, framework="numpy") as file:
            return DESCRIPTION in (file.metadata() or {})
    except (OSError, SafetensorError):
        return False


def load_weights(network: nn.Layer, path: Path) -> None:
    """Load a checkpoint into a network that must fit it in every name and shape."""
    arrays, _ = read_arrays(path)
    set_weights(network, arrays, source=path)


def set_weights(network: nn.Layer, arrays: Mapping[str, np.ndarray], *, source: Path) -> None:
    """Set every weight and buffer of a network; names and shapes must fit exactly.

    Raises ClassSRError that lists all entries that are missing, superfluous, misshapen, or not
    finite.
    """
    own = network.state_dict()
    wrong = mismatches({name: tuple(t.shape) for name, t in own.items()}, arrays)
    if wrong:
        raise ClassSRError(
            f"{source}: is no checkpoint of this {type(network).__name__}: {wrong}; "
            f"check that the option file names the network that was trained"
        )
    for name, tensor in own.items():
        if arrays[name].dtype != np.float32:
            raise ClassSRError(f"{source}: {name} is of {arrays[name].dtype}; expected float32")
        tensor.set_value(arrays[name])


def write_arrays(path: Path, arrays: dict[str, np.ndarray], *, description: dict[str, Any]) -> None:
    """Write named arrays and a JSON description into one safetensors file, atomically.

    Equal arrays and descriptions give equal bytes. Therefore all is said under one key: the
    library writes several in an order that changes from process to process.
    """
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    metadata = {DESCRIPTION: json.dumps({"format": FORMAT, **description})}
    write_atomic(path, save(contiguous, metadata=metadata))


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `write_arrays` wrote."""
    if is_there(path) and not path.is_file():
        raise ClassSRError(f"{path}: is no file; expected a checkpoint")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            names = file.keys()
            unknown = {file.get_slice(name).get_dtype() for name in names} - NUMBERS
            arrays = {} if unknown else {name: file.get_tensor(name) for name in names}
    except OSError as error:
        raise ClassSRError(
            f"{path}: cannot read the checkpoint ({error.strerror or 'there is no such file'}); "
            f"train it first, or name another one under path"
        ) from error
    except SafetensorError as error:
        raise ClassSRError(f"{path}: the checkpoint is damaged ({error})") from error
    if unknown:
        raise ClassSRError(f"{path}: holds numbers of the type {min(unknown)}; expected F32")
    if DESCRIPTION not in metadata:
        raise ClassSRError(f"{path}: is a safetensors file, but no checkpoint of this project")
    try:
        description = json.loads(metadata[DESCRIPTION])
    except (ValueError, RecursionError) as error:
        raise ClassSRError(f"{path}: its description is no JSON; it is damaged") from error
    known = isinstance(description, dict) and description.pop("format", metadata.get("format"))
    if known != FORMAT:
        raise ClassSRError(
            f"{path}: is of another version of this project; expected the format {FORMAT}"
        )
    return arrays, description


def check_description(spec: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Compare a description with what the weights show, before a network of its size is built.

    Raises ClassSRError where they differ.
    """
    branches = spec["branches"] if spec["type"] == "ClassSR" else [spec]
    if any(branch["type"] not in ARCHITECTURES for branch in branches):
        return
    found = recognise({published_name(name): array.shape for name, array in arrays.items()}).spec
    shown = found["branches"] if found["type"] == "ClassSR" else [found]
    routed, found_routed = (kind["type"] == "ClassSR" for kind in (spec, found))
    if (routed, len(branches)) != (found_routed, len(shown)):
        raise ClassSRError(f"{len(branches)} branches are described, {len(shown)} have weights")
    for branch, other in zip(branches, shown, strict=True):
        full = schema(branch["type"]).model_validate(branch).model_dump()
        # Several reductions of RCAN give the same layers.
        for key in ["type", *sorted(other.keys() - {"type", "reduction"})]:
            if full.get(key) != other[key]:
                raise ClassSRError(
                    f"{key} {full.get(key)} is described, the weights have {other[key]}"
                )
