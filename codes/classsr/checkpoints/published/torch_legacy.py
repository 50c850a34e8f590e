"""The form of `torch.save` before PyTorch 1.6: five pickles, and the storages as raw bytes.

The pickles are a magic number, the version of the form, facts about the writing machine, the
object, and the keys of its storages. Each storage follows in the order of the keys: how many
numbers it holds (int64) and the numbers, all little-endian whatever machine wrote them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
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
