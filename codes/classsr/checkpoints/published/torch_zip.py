"""The zip form of `torch.save`: one pickle that refers to storages, which are entries beside it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from classsr.checkpoints.published.numpy_pickle import NUMPY_NAMES, numpy_calls
from classsr.checkpoints.published.pickle_machine import Name, Refused, read_pickle, text

STORAGES = {
    "torch.DoubleStorage": "f8",
    "torch.FloatStorage": "f4",
    "torch.HalfStorage": "f2",
    "torch.BFloat16Storage": "bf16",
    "torch.LongStorage": "i8",
    "torch.IntStorage": "i4",
    "torch.ShortStorage": "i2",
    "torch.CharStorage": "i1",
    "torch.ByteStorage": "u1",
    "torch.BoolStorage": "?",
}


def read_torch_zip(archive: zipfile.ZipFile) -> Any:
    """Build the object that was saved; its tensors are read-only arrays on shared storages."""
    root = _root(archive.namelist())
    return read_pickle(
        archive.read(f"{root}data.pkl"),
        calls=numpy_calls()
        | {
            "torch._utils._rebuild_tensor_v2": _tensor,
            "torch._utils._rebuild_parameter": _parameter,
        },
        names=NUMPY_NAMES | STORAGES.keys(),
        load=_storage_loader(archive, root),
    )


def decode_bfloat16(data: np.ndarray) -> np.ndarray:
    """The float32 numbers whose upper halves are in `data` (uint16)."""
    return (data.astype(np.uint32) << 16).view(np.float32)


def _root(names: list[str]) -> str:
    roots = [name.removesuffix("data.pkl") for name in names if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise Refused("is a zip file without the one data.pkl that torch.save writes")
    if f"{roots[0]}constants.pkl" in names:
        raise Refused(
            "is a TorchScript program, not a checkpoint; save its weights with "
            "torch.save(torch.jit.load(FILE).state_dict(), NEW_FILE) and convert that"
        )
    return roots[0]


def _storage_loader(archive: zipfile.ZipFile, root: str) -> Callable[[Any], np.ndarray]:
    order = "<"
    if f"{root}byteorder" in archive.namelist():
        order = {b"little": "<", b"big": ">"}[archive.read(f"{root}byteorder")]
    storages: dict[tuple[str, str], np.ndarray] = {}

    def load(reference: Any) -> np.ndarray:
        kind, storage, key, _, length = reference
        if kind != "storage" or not isinstance(storage, Name) or storage.path not in STORAGES:
            raise Refused("refers to something that is not a storage of numbers")
        if (storage.path, text(key)) not in storages:
            code = STORAGES[storage.path]
            bfloat16 = code == "bf16"
            data = np.frombuffer(
                archive.read(f"{root}data/{key}"), np.dtype(order + ("u2" if bfloat16 else code))
            )
            storages[storage.path, key] = decode_bfloat16(data) if bfloat16 else data
        data = storages[storage.path, key]
        if len(data) != length:
            raise Refused(f"says that storage {key} holds {length} numbers; it holds {len(data)}")
        return data

    return load


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> np.ndarray:
    """The view that a tensor is of its storage, never beyond the end of it."""
    numbers = (offset, *size, *stride)
    if not isinstance(storage, np.ndarray) or storage.ndim != 1 or len(size) != len(stride):
        raise Refused("holds a tensor without a storage, size and stride")
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise Refused("holds a tensor whose offset, size or stride is not a count")
    if 0 in size:
        return np.empty(size, storage.dtype)
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if last >= len(storage):
        raise Refused(
            f"holds a tensor that reaches number {last} of a storage of {len(storage)} numbers"
        )
    strides = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(
        storage[offset:], shape=size, strides=strides, writeable=False
    )


def _parameter(tensor: Any, *_: Any) -> Any:
    return tensor
