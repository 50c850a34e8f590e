"""Weights out of a checkpoint of any of the usual forms, told apart by their first bytes."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import safetensors

from classsr.checkpoints.published.numpy_pickle import NUMPY_NAMES, as_array, numpy_calls
from classsr.checkpoints.published.pickle_machine import Refused, read_pickle, text
from classsr.checkpoints.published.torch_files import (
    is_torch_legacy,
    read_torch_legacy,
    read_torch_zip,
)
from classsr.checkpoints.published.torch_tensors import decode_bfloat16
from classsr.errors import ClassSRError
from classsr.system.files import read_bytes

# Sixteen times the largest network here, and four times; what claims to be larger is none of them.
MOST_BYTES = 2**31
MOST_WEIGHTS = 2**29  # bytes
# Where trainers put the weights, the average of the weights before the weights themselves.
NESTINGS = [
    *("params_ema", "model_ema", "ema", "params", "state_dict", "model_state_dict", "model"),
    *("network", "net", "net_g", "netG", "generator", "gen", "g_ema", "sd", "weights"),
]
DEEPEST = 8
PREFIXES = re.compile(r"(module\.|_orig_mod\.)*")
LONGEST_NAME = 200
SAFETENSORS = {"F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4"}


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of a checkpoint by name: every float as float32, integers as they are.

    path: `.pth` (of before PyTorch 1.6, too), `.pdparams`, `.npz` or `.safetensors`. Weights are
    taken out of the usual nestings, `module.` prefixes are removed, and what is not an array is
    left behind.

    Raises `ClassSRError` if the file is of another kind, damaged, or wants to run something.
    """
    data = read_bytes(path, most=MOST_BYTES)
    try:
        return _weights(_content(data))
    except Refused as reason:
        raise ClassSRError(f"{path}: {reason}") from None
    except Exception as error:  # a damaged or hostile file can trip over anything
        found = f"{type(error).__name__}: {' '.join(str(error).split()):.200}"
        raise ClassSRError(
            f"{path}: is damaged, or not a checkpoint of weights ({found})"
        ) from error


def _content(data: bytes) -> Any:
    if data.startswith(b"PK"):
        return _zip_content(data)
    if is_torch_legacy(data):
        return read_torch_legacy(data)
    if data.startswith(b"\x80"):
        return _paddle_content(data)
    if data[8:9] == b"{":
        return {name: _safetensor(**tensor) for name, tensor in safetensors.deserialize(data)}
    if data[257:262] == b"ustar":
        raise Refused(
            "is a tar file, as PyTorch wrote before 0.1.10; save it again with a newer PyTorch: "
            "torch.save(torch.load(FILE), NEW_FILE)"
        )
    raise Refused("is not a checkpoint; expected .pth, .pdparams, .npz or .safetensors")


def _zip_content(data: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MOST_BYTES:
            raise Refused(f"unpacks to {unpacked:,} bytes; at most {MOST_BYTES:,} are read")
        if all(name.endswith(".npy") for name in archive.namelist()):
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return dict(arrays)
        return read_torch_zip(archive)


def _paddle_content(data: bytes) -> Any:
    content = read_pickle(data, calls=numpy_calls(), names=NUMPY_NAMES)
    if isinstance(content, dict):
        for name, parts in content.pop("UnpackBigParamInfor@@", {}).items():
            content[name] = _joined(content, **parts)
    return content


def _joined(content: dict[Any, Any], *, slices: Any, OriginShape: Any) -> np.ndarray:
    """One array of more than 1 GB, which Paddle cuts into flat slices; each is used once."""
    arrays = [as_array(content.pop(text(name))) for name in slices]
    return np.concatenate([array for array in arrays if array is not None]).reshape(OriginShape)


def _safetensor(*, shape: list[int], dtype: str, data: bytes) -> np.ndarray:
    if dtype == "BF16":
        return decode_bfloat16(np.frombuffer(data, "<u2")).reshape(shape)
    if dtype not in SAFETENSORS:
        raise Refused(f"holds numbers of the type {dtype}; expected {', '.join(SAFETENSORS)}")
    return np.frombuffer(data, f"<{SAFETENSORS[dtype]}").reshape(shape)


def _weights(content: Any) -> dict[str, np.ndarray]:
    content = _unnested(content)
    arrays = _arrays(content)
    if not arrays:
        found = ", ".join(ascii(key)[:40] for key in list(content)[:10]) or "nothing"
        raise Refused(f"holds no arrays, not under {', '.join(NESTINGS)} either; found: {found}")
    # Views are free and may overlap, so that a small file can hold huge ones.
    if sum(array.nbytes for array in arrays.values()) > MOST_WEIGHTS:
        raise Refused(f"holds arrays of more than {MOST_WEIGHTS:,} bytes")
    named = _without_prefixes(arrays)
    for name in named:
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise Refused(f"holds an array with the name {name[:40]!a}, which is none")
    return {name: _native(array) for name, array in named.items()}


def _arrays(content: dict[Any, Any]) -> dict[str, np.ndarray]:
    items = {name: as_array(value) for name, value in content.items() if isinstance(name, str)}
    return {name: array for name, array in items.items() if array is not None}


def _without_prefixes(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays without what wrappers put before all of their names."""
    shared = min((PREFIXES.match(name)[0] for name in arrays), key=len)  # type: ignore[index]
    if not all(name.startswith(shared) for name in arrays):
        return arrays
    return {name.removeprefix(shared): array for name, array in arrays.items()}


def _unnested(content: Any) -> dict[Any, Any]:
    """The dictionary that holds the weights, by its key or as the only one in one without any."""
    for _ in range(DEEPEST):
        if not isinstance(content, dict):
            break
        inner = [content[key] for key in NESTINGS if isinstance(content.get(key), dict)]
        if not inner and not _arrays(content):
            inner = [value for value in content.values() if isinstance(value, dict)]
            inner = inner if len(inner) == 1 else []
        if not inner:
            return content
        content = inner[0]
    raise Refused(f"holds a {type(content).__name__}; expected a dictionary of arrays")


def _native(array: np.ndarray) -> np.ndarray:
    """A contiguous copy in this machine's byte order."""
    if array.dtype == np.uint16:  # how Paddle hands bfloat16 to NumPy
        return decode_bfloat16(array)
    number = np.float32 if array.dtype.kind == "f" else array.dtype.newbyteorder("=")
    with np.errstate(over="ignore"):  # to infinity, which no network takes as a weight
        return array.astype(number, order="C")
