"""What a pickle of NumPy arrays may call, answered without NumPy's own unpickling."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from classsr.checkpoints.published.pickle_machine import Refused, put, text

# Mentioned as the type of an array, never called.
NUMPY_NAMES = frozenset({"numpy.ndarray"})


class PickledDtype:
    """A number format: `numpy.dtype(code)`, whose byte order follows as its state."""

    def __init__(self, code: str, *_: Any) -> None:
        if not re.fullmatch("f[248]|[iu][1248]|b1", text(code)):
            raise Refused(f"holds an array of type {code[:20]!r}; only numbers are read")
        self.code = code
        self.order = "="

    def build(self, state: Any) -> None:
        order = text(state[1])
        if order not in ("<", ">", "=", "|"):
            raise Refused(f"holds an array of an unknown byte order {order[:20]!r}")
        self.order = order

    def decode(self, data: bytes, *, shape: Any, fortran: bool) -> np.ndarray:
        """The array in `data`, which stays where it is; data that do not fill it raise."""
        array = np.frombuffer(data, np.dtype(self.order + self.code))
        return array.reshape(shape, order="F" if fortran else "C")


class PickledArray:
    """An array that is constructed empty; shape, type and bytes follow as its state."""

    def __init__(self, *_: Any) -> None:
        self.array = np.empty(0, np.float32)

    def build(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        self.array = _dtype(dtype).decode(data, shape=shape, fortran=bool(fortran))


def as_array(value: Any) -> np.ndarray | None:
    """The array of numbers that a value of the file stands for, or nothing."""
    array = value.array if isinstance(value, PickledArray) else value
    return array if isinstance(array, np.ndarray) and array.dtype.kind in "fiub" else None


def ordered_dict(pairs: Any = ()) -> dict[Any, Any]:
    """Answer `collections.OrderedDict`; a dict keeps its order anyway."""
    items: dict[Any, Any] = {}
    for key, value in pairs:
        put(items, key, value)
    return items


def numpy_calls() -> dict[str, Callable[..., Any]]:
    """What Paddle's and NumPy's pickles call, for one file.

    Paddle 2.1 and later write a tensor of a nested checkpoint as `tuple((name, array))`.
    """
    encoded: dict[str, bytes] = {}

    def encode(spelled: Any, codec: Any) -> bytes:
        # Pickles of protocol 2 spell bytes as text. Kept, so that a file that encodes the same
        # long text again and again takes its memory once.
        if codec != "latin1":
            raise Refused("holds bytes in an encoding other than latin1")
        if text(spelled) not in encoded:
            encoded[spelled] = spelled.encode(codec)
        return encoded[spelled]

    calls: dict[str, Callable[..., Any]] = {
        "_codecs.encode": encode,
        "collections.OrderedDict": ordered_dict,
        "numpy.dtype": PickledDtype,
    }
    for builtins in ("builtins", "__builtin__"):
        calls[f"{builtins}.tuple"] = _named_tensor
        calls[f"{builtins}.bytes"] = _no_bytes
    for core in ("numpy.core", "numpy._core"):
        calls[f"{core}.multiarray._reconstruct"] = PickledArray
        calls[f"{core}.multiarray.scalar"] = _scalar
        calls[f"{core}.numeric._frombuffer"] = _from_buffer
    return calls


def _named_tensor(pair: tuple[str, Any]) -> Any:
    _, tensor = pair
    return tensor


def _no_bytes() -> bytes:
    return b""


def _scalar(dtype: Any, data: Any) -> np.ndarray:
    return _dtype(dtype).decode(data, shape=(), fortran=False)


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    return _dtype(dtype).decode(data, shape=shape, fortran=order == "F")


def _dtype(value: Any) -> PickledDtype:
    if not isinstance(value, PickledDtype):
        raise Refused("holds an array without a number format")
    return value
