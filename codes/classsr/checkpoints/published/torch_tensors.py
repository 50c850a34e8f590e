"""Tensors of PyTorch's pickles: strided views of storages, which both forms of its files share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from classsr.checkpoints.published.numpy_pickle import NUMPY_NAMES, numpy_calls
from classsr.checkpoints.published.pickle_machine import Name, Refused, text

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
TORCH_NAMES = NUMPY_NAMES | STORAGES.keys()


def torch_calls() -> dict[str, Callable[..., Any]]:
    """What PyTorch's pickles call, for one file."""
    return numpy_calls() | {
        "torch._utils._rebuild_tensor": view,
        "torch._utils._rebuild_tensor_v2": view,
        "torch._utils._rebuild_parameter": _parameter,
    }


def storage_reference(kind: Any, storage: Any, key: Any, length: Any) -> tuple[str, str, int]:
    """Number format (see `STORAGES`), key and length of the storage that a tensor refers to."""
    if kind != "storage" or not isinstance(storage, Name) or storage.path not in STORAGES:
        raise Refused("refers to something that is not a storage of numbers")
    if not isinstance(length, int) or length < 0:
        raise Refused("refers to a storage whose length is not a count")
    return STORAGES[storage.path], text(key), length


def item_size(code: str) -> int:
    """Bytes of a number in a file."""
    return 2 if code == "bf16" else np.dtype(code).itemsize


def decode(data: bytes | memoryview, code: str, *, order: str = "<") -> np.ndarray:
    """The numbers of a storage; all but bfloat16 stay where they are.

    order: "<" or ">", the byte order.
    """
    if code == "bf16":
        return decode_bfloat16(np.frombuffer(data, f"{order}u2"))
    return np.frombuffer(data, np.dtype(order + code))


def decode_bfloat16(data: np.ndarray) -> np.ndarray:
    """The float32 numbers whose upper halves are in `data` (uint16)."""
    return (data.astype(np.uint32) << 16).view(np.float32)


def view(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> np.ndarray:
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
