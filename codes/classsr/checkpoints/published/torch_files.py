"""Both forms of `torch.save`: a zip file, and before PyTorch 1.6 pickles and raw bytes.

The zip file holds one pickle that refers to storages, which are entries beside it.

The old form is five pickles: a magic number, its version, facts about the writing machine, the
object, and the keys of its storages. Each storage follows in the order of the keys: how many
numbers it holds (int64) and the numbers, all little-endian whatever machine wrote them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from classsr.checkpoints.published.pickle_machine import Refused, read_pickle, text
from classsr.checkpoints.published.torch_tensors import (
    TORCH_NAMES,
    decode,
    item_size,
    storage_reference,
    torch_calls,
)

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
COUNT = 8  # bytes of a storage's length
_SIGNATURE = MAGIC.to_bytes(10, "little")


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


def is_torch_legacy(data: bytes) -> bool:
    """Whether a file begins as this form does, in any protocol of pickle."""
    return _SIGNATURE in data[:32]


def read_torch_legacy(data: bytes) -> Any:
    """Build the object that was saved; its tensors are read-only arrays on shared storages."""
    file = io.BytesIO(data)
    magic, version, machine = (read_pickle(file) for _ in range(3))
    if (magic, version) != (MAGIC, VERSION) or not isinstance(machine, dict):
        raise Refused(f"is in another version of PyTorch's old form; only {VERSION} is read")
    storages = _Storages(len(data))
    content = read_pickle(file, calls=torch_calls(), names=TORCH_NAMES, load=storages.reserve)
    keys = read_pickle(file)
    if not isinstance(keys, list) or {text(key) for key in keys} != storages.codes.keys():
        raise Refused("lists other storages than its tensors refer to")
    for key, numbers in storages.read(keys, memoryview(data)[file.tell() :]):
        storages.arrays[key][:] = numbers
    return content


class _Storages:
    """Storages are referred to before their bytes come: they are reserved empty, filled later.

    size: bytes of the file, more than which its storages cannot take together.
    """

    def __init__(self, size: int) -> None:
        self.left = size
        self.codes: dict[str, str] = {}
        self.arrays: dict[str, np.ndarray] = {}

    def reserve(self, reference: Any) -> np.ndarray:
        """The storage, or the part of it that a view takes, that a tensor refers to."""
        kind, storage, name, _, count, part = reference
        code, key, length = storage_reference(kind, storage, name, count)
        if key not in self.arrays:
            self.left -= length * item_size(code)
            if self.left < 0:
                raise Refused(f"says that storage {key[:40]} holds more than the whole file")
            self.codes[key] = code
            self.arrays[key] = np.empty(length, "f4" if code == "bf16" else code)
        data = self.arrays[key]
        if self.codes[key] != code or len(data) != length:
            raise Refused(f"says different things of storage {key[:40]}")
        if part is None:
            return data
        _, start, size = part
        if not all(isinstance(number, int) and number >= 0 for number in (start, size)):
            raise Refused(f"holds a view of storage {key[:40]} whose place is not a count")
        return data[start : start + size]

    def read(self, keys: list[str], raw: memoryview) -> Iterator[tuple[str, np.ndarray]]:
        """Key and numbers of each storage in the bytes behind the pickles."""
        for key in keys:
            length, code = len(self.arrays[key]), self.codes[key]
            end = COUNT + length * item_size(code)
            found = int.from_bytes(raw[:COUNT], "little")
            if len(raw) < end or found != length:
                raise Refused(
                    f"says that storage {key[:40]} holds {length} numbers; "
                    f"it is cut off, or holds {found}"
                )
            yield key, decode(raw[COUNT:end], code)
            raw = raw[end:]
