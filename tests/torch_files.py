"""Write files as PyTorch wrote them before 1.6, true ones and lying ones."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PLACES = ("magic", "version", "machine", "content", "keys")  # the five pickles, in order
MACHINE = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
KINDS = {"f8": "Double", "f4": "Float", "f2": "Half", "i8": "Long", "u1": "Byte"}


@dataclass(frozen=True)
class Tensor:
    """A view of a storage.

    part: start and length, where it is of a part of the storage, as the first versions had them.
    """

    storage: str
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int = 0
    part: tuple[int, int] | None = None


def legacy(
    tensors: Mapping[str, Tensor], storages: Mapping[str, np.ndarray], **pickles: bytes
) -> bytes:
    """The bytes of a file that holds tensors by name.

    pickles: other programs in the place of some of the five (`PLACES`).
    """
    keys = sorted(storages)
    programs = {
        "magic": pickle.dumps(MAGIC, 2),
        "version": pickle.dumps(1001, 2),
        "machine": pickle.dumps(MACHINE, 2),
        "content": state_dict(tensors, storages),
        "keys": pickle.dumps(keys, 2),
    } | pickles
    raw = [struct.pack("<q", storages[key].size) + storages[key].tobytes() for key in keys]
    return b"".join([*(programs[place] for place in PLACES), *raw])


def state_dict(tensors: Mapping[str, Tensor], storages: Mapping[str, np.ndarray]) -> bytes:
    """The pickle of an OrderedDict of tensors."""
    items = [
        part
        for name, tensor in tensors.items()
        for part in (text(name), _tensor(tensor, storages[tensor.storage]))
    ]
    return b"".join([b"\x80\x02ccollections\nOrderedDict\n)R(", *items, b"u."])


def _tensor(tensor: Tensor, storage: np.ndarray) -> bytes:
    kind = KINDS[storage.dtype.str[1:]]
    part = b"N"
    if tensor.part is not None:
        part = b"(" + text("part") + b"".join(map(integer, tensor.part)) + b"t"
    return b"".join(
        [
            b"ctorch._utils\n_rebuild_tensor_v2\n(",
            *(b"(", text("storage"), f"ctorch\n{kind}Storage\n".encode(), text(tensor.storage)),
            *(text("cpu"), integer(storage.size), part, b"tQ"),
            *(integer(tensor.offset), integers(tensor.size), integers(tensor.stride)),
            b"\x89ccollections\nOrderedDict\n)RtR",
        ]
    )


def text(value: str) -> bytes:
    """The instruction that pushes a text."""
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def integer(value: int) -> bytes:
    """The instruction that pushes an integer."""
    return b"J" + struct.pack("<i", value)


def integers(values: tuple[int, ...]) -> bytes:
    """The instructions that push a tuple of integers."""
    return b"".join([b"(", *map(integer, values), b"t"])
