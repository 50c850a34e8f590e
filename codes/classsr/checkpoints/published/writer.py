"""Write weights under published names, as `.npz` or as a file that `torch.load` reads."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from classsr.system.files import write_atomic

STORAGES = {np.dtype("f4"): "FloatStorage", np.dtype("i8"): "LongStorage"}
ORDERED_DICT = pickle.GLOBAL + b"collections\nOrderedDict\n" + pickle.EMPTY_TUPLE + pickle.REDUCE


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the arrays under their names, atomically."""
    write_atomic(path, _zip({f"{name}.npy": _npy(array) for name, array in arrays.items()}))


def write_pth(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a state dict that `torch.load(path, weights_only=True)` reads, atomically.

    arrays: float32 or int64.
    """
    storages = {f"data/{key}": _little(array) for key, array in enumerate(arrays.values())}
    entries = {
        "data.pkl": _state_dict(arrays),
        "byteorder": b"little",
        **storages,
        "version": b"3\n",
    }
    write_atomic(path, _zip({f"archive/{name}": data for name, data in entries.items()}))


def _zip(entries: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            # A ZipInfo carries no clock time: equal weights give equal files.
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _little(array: np.ndarray) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _state_dict(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The pickle of an OrderedDict of contiguous tensors, each with a storage of its own."""
    program = [pickle.PROTO, b"\x02", ORDERED_DICT, pickle.MARK]
    for key, (name, array) in enumerate(arrays.items()):
        program += [_text(name), _tensor(array, key=key)]
    return b"".join([*program, pickle.SETITEMS, pickle.STOP])


def _tensor(array: np.ndarray, *, key: int) -> bytes:
    strides = [int(np.prod(array.shape[axis + 1 :])) for axis in range(array.ndim)]
    storage = [
        *(pickle.MARK, _text("storage")),
        *(pickle.GLOBAL, f"torch\n{STORAGES[array.dtype]}\n".encode()),
        *(_text(str(key)), _text("cpu"), _integer(array.size), pickle.TUPLE, pickle.BINPERSID),
    ]
    return b"".join(
        [
            *(pickle.GLOBAL, b"torch._utils\n_rebuild_tensor_v2\n", pickle.MARK),
            *(*storage, _integer(0), _integers(array.shape), _integers(strides)),
            *(pickle.NEWFALSE, ORDERED_DICT, pickle.TUPLE, pickle.REDUCE),
        ]
    )


def _text(value: str) -> bytes:
    data = value.encode()
    return pickle.BINUNICODE + struct.pack("<I", len(data)) + data


def _integer(value: int) -> bytes:
    return pickle.BININT + struct.pack("<i", value)


def _integers(values: Sequence[int]) -> bytes:
    return b"".join([pickle.MARK, *map(_integer, values), pickle.TUPLE])
