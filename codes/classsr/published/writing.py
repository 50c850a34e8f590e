"""Write weights under published names, as `.npz` or as a file that `torch.load` reads."""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

STORAGES = {np.dtype("f4"): "FloatStorage", np.dtype("i8"): "LongStorage"}
ORDERED_DICT = pickle.GLOBAL + b"collections\nOrderedDict\n" + pickle.EMPTY_TUPLE + pickle.REDUCE


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the arrays under their names; the file appears complete or not at all."""
    with _replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)


def write_pth(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a state dict that `torch.load(path, weights_only=True)` reads, without PyTorch.

    arrays: float32 or int64. The file appears complete or not at all.
    """
    with _replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
        entries = {
            "data.pkl": _state_dict(arrays),
            "byteorder": b"little",
            **{f"data/{key}": _little(array) for key, array in enumerate(arrays.values())},
            "version": b"3\n",
        }
        for name, data in entries.items():
            # A ZipInfo carries no clock time: equal weights give equal files.
            archive.writestr(zipfile.ZipInfo(f"archive/{name}"), data)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; it takes the place of `path` when all went well."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


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
