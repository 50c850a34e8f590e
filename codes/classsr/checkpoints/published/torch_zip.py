"""The zip form of `torch.save`: one pickle that refers to storages, which are entries beside it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from classsr.checkpoints.published.pickle_machine import Refused, read_pickle
from classsr.checkpoints.published.torch_tensors import (
    TORCH_NAMES,
    decode,
    storage_reference,
    torch_calls,
)


def read_torch_zip(archive: zipfile.ZipFile) -> Any:
    """Build the object that was saved; its tensors are read-only arrays on shared storages."""
    root = _root(archive.namelist())
    # What is not compressed cannot unpack to more than the file holds.
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
        raise Refused("is a compressed zip file, which torch.save does not write; unpack it first")
    return read_pickle(
        archive.read(f"{root}data.pkl"),
        calls=torch_calls(),
        names=TORCH_NAMES,
        load=_storage_loader(archive, root),
    )


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
        kind, storage, name, _, count = reference
        code, key, length = storage_reference(kind, storage, name, count)
        if (code, key) not in storages:
            storages[code, key] = decode(archive.read(f"{root}data/{key}"), code, order=order)
        data = storages[code, key]
        if len(data) != length:
            raise Refused(f"says that storage {key} holds {length} numbers; it holds {len(data)}")
        return data

    return load
