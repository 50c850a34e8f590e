"""Published checkpoints are read as data: nothing in them runs."""

from __future__ import annotations

import os
import pickle
import tarfile
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
import pytest
import safetensors.numpy

from classsr.checkpoints.published.reader import read_weights
from classsr.checkpoints.published.writer import write_npz, write_pth
from classsr.errors import ClassSRError

FIXTURES = Path(__file__).parents[1] / "fixtures"
ARRAYS: dict[str, np.ndarray] = {
    "conv.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2) / 7,
    "conv.bias": np.array([0.5, -0.25], np.float32),
    "norm.num_batches_tracked": np.array(7),
}


def assert_same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert list(found) == list(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype, name
        np.testing.assert_array_equal(found[name], array, err_msg=name)
        assert found[name].flags.c_contiguous, name


def torch_zip(path: Path, program: bytes, entries: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", program)
        for name, data in (entries or {}).items():
            archive.writestr(f"archive/{name}", data)
    return path


def pickled(path: Path, content: object, *, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


class Call:
    """Pickles as a call of any function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> tuple:
        return self.reduced


# --- what is read ---------------------------------------------------------------------------


def test_a_file_of_pytorch() -> None:
    """The fixture holds bfloat16, float16, float64, transposed, windowed and expanded tensors,
    all under {'state_dict': {'module....'}} beside the state of an optimizer."""
    with np.load(FIXTURES / "pytorch_expected.npz") as expected:
        assert_same(read_weights(FIXTURES / "pytorch.pth"), dict(expected))


@pytest.mark.parametrize("write", [write_pth, write_npz])
def test_what_is_written_is_read_back(tmp_path: Path, write: Callable[..., None]) -> None:
    write(tmp_path / "weights", ARRAYS)
    assert_same(read_weights(tmp_path / "weights"), ARRAYS)
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    write_pth(path, ARRAYS)
    with pytest.raises(KeyError):
        write_pth(path, {"complex": np.zeros(2, np.complex64)})
    assert_same(read_weights(path), ARRAYS)
    assert [path.name for path in tmp_path.iterdir()] == ["weights.pth"]


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("nested", [False, True])
def test_a_file_of_paddle(tmp_path: Path, protocol: int, nested: bool) -> None:
    tensors = {name: paddle.to_tensor(array) for name, array in ARRAYS.items()}
    content = {"state_dict": tensors, "epoch": 3, "lr": np.float64(0.1)} if nested else tensors
    paddle.save(content, str(tmp_path / "weights.pdparams"), protocol=protocol)
    assert_same(read_weights(tmp_path / "weights.pdparams"), ARRAYS)


def test_bfloat16_of_paddle_and_safetensors(tmp_path: Path) -> None:
    tensors = {"weight": paddle.to_tensor([1.5, -2.25]).astype("bfloat16")}
    paddle.save(tensors, str(tmp_path / "weights.pdparams"))
    paddle.save(tensors, str(tmp_path / "weights.safetensors"), safetensors=True)
    for name in ("weights.pdparams", "weights.safetensors"):
        assert_same(read_weights(tmp_path / name), {"weight": np.array([1.5, -2.25], np.float32)})


def test_a_large_array_that_paddle_cut_into_slices(tmp_path: Path) -> None:
    content = {
        "weight@@.0": np.arange(4, dtype=np.float32),
        "weight@@.1": np.arange(4, 6, dtype=np.float32),
        "UnpackBigParamInfor@@": {
            "weight": {"OriginShape": (2, 3), "slices": ["weight@@.0", "weight@@.1"]}
        },
        "StructuredToParameterName@@": {"weight": "linear_0.w_0"},
    }
    found = read_weights(pickled(tmp_path / "weights.pdparams", content, protocol=2))
    assert_same(found, {"weight": np.arange(6, dtype=np.float32).reshape(2, 3)})


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
        np.arange(6, dtype=">f4"),
        np.zeros((0, 2), np.float32),
        np.float32(3),
    ],
    ids=["fortran", "big-endian", "empty", "scalar"],
)
def test_arrays_of_numpy(tmp_path: Path, array: np.ndarray, protocol: int) -> None:
    found = read_weights(pickled(tmp_path / "weights", {"weight": array}, protocol=protocol))
    assert_same(found, {"weight": np.asarray(array, np.float32)})


def test_arrays_of_numpy_before_2(tmp_path: Path) -> None:
    program = pickle.dumps(ARRAYS, protocol=2).replace(b"numpy._core", b"numpy.core")
    (tmp_path / "weights").write_bytes(program)
    assert_same(read_weights(tmp_path / "weights"), ARRAYS)


def test_safetensors(tmp_path: Path) -> None:
    safetensors.numpy.save_file(ARRAYS, tmp_path / "weights")
    assert_same(
        dict(sorted(read_weights(tmp_path / "weights").items())), dict(sorted(ARRAYS.items()))
    )


@pytest.mark.parametrize("nesting", ["params", "params_ema", "state_dict", "model", "net_g"])
def test_nestings_and_prefixes(tmp_path: Path, nesting: str) -> None:
    content = {
        "optimizer": {"state": {0: {"exp_avg": np.ones(2)}}},
        "loss": np.float64(1),
        nesting: OrderedDict((f"module.{name}", array) for name, array in ARRAYS.items()),
    }
    assert_same(read_weights(pickled(tmp_path / "weights", content)), ARRAYS)


@pytest.mark.parametrize("path", [("model", "sd"), ("generator",), ("net",), ("epoch_7",)])
def test_deeper_and_unknown_nestings(tmp_path: Path, path: tuple[str, ...]) -> None:
    content: object = ARRAYS
    for key in reversed(path):
        content = {"step": 7, key: content}
    assert_same(read_weights(pickled(tmp_path / "weights", content)), ARRAYS)


def test_the_averaged_weights_are_preferred(tmp_path: Path) -> None:
    content = {"params": {"w": np.zeros(2)}, "params_ema": {"w": np.ones(2)}}
    found = read_weights(pickled(tmp_path / "weights", content))
    assert_same(found, {"w": np.ones(2, np.float32)})


# --- what is refused ------------------------------------------------------------------------


def malicious(trace: Path) -> dict[str, tuple[object, str]]:
    """Contents that would leave a trace if anything ran, and the name that the refusal gives."""
    touch = f"touch {trace}"
    return {
        "os.system": (Call(os.system, touch), "posix.system"),
        "eval": (Call(eval, f"__import__('os').system({touch!r})"), "(builtins|__builtin__).eval"),
        "getattr": (
            Call(getattr, Call(__import__, "os"), "system"),
            "(builtins|__builtin__).getattr",
        ),
        "open": (Call(open, str(trace), "w"), f"{open.__module__}.open"),
        "numpy.load": (Call(np.load, str(trace), None, True), "numpy.load"),
        "object array": ({"w": np.array([Call(os.system, touch)], object)}, "O8"),
        "numpy function": (Call(np.zeros, 2**40), "numpy.zeros"),
        "beside weights": ({**ARRAYS, "x": Call(os.system, touch)}, "posix.system"),
        "in a nesting": ({"params": ARRAYS, "hook": Call(os.system, touch)}, "posix.system"),
        "harmless class": ({"w": Path("x")}, "pathlib.PosixPath"),
    }


@pytest.mark.parametrize("kind", malicious(Path()))
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_call_is_refused_by_name_and_does_not_run(
    tmp_path: Path, kind: str, protocol: int
) -> None:
    trace = tmp_path / "trace"
    content, name = malicious(trace)[kind]
    program = pickle.dumps(content, protocol=protocol)
    (tmp_path / "weights.pdparams").write_bytes(program)
    torch_zip(tmp_path / "weights.pth", program)
    for path in (tmp_path / "weights.pdparams", tmp_path / "weights.pth"):
        with pytest.raises(ClassSRError, match=f"{path.name}: .*'{name}'") as refusal:
            read_weights(path)
        assert "\n" not in str(refusal.value)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("program", "reason"),
    {
        "dotted": (b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.", "ndarray.__init__"),
        "old call": (b"\x80\x02(S'x'\nios\nsystem\n.", "STRING"),
        "class": (b"\x80\x02cnumpy\nndarray\n)\x81.", "NEWOBJ"),
        "argument": (b"\x80\x02cnumpy\nndarray\n)R.", "not a function of arrays"),
        "attributes": (b"\x80\x02cnumpy\ndtype\n}b.", "sets attributes"),
        "extension": (b"\x80\x02\x82\x01.", "EXT1"),
        "persistent": (b"\x80\x02K\x01Q.", "BINPERSID"),
        "colliding key": (b"\x80\x02}\x8a\x09" + b"\xff" * 8 + b"\x01K\x01s.", "more than 63 bits"),
        "nested key": (b"\x80\x02}))\x86K\x01s.", "neither text nor integers"),
        "objects": (pickle.dumps({"w": np.array([None])}), "'O8'"),
        "records": (pickle.dumps({"w": np.zeros(1, [("x", "f4")])}), "'V4'"),
        "no dict": (pickle.dumps([1]), "holds a list; expected a dictionary"),
        "no arrays": (pickle.dumps({"a": 1}), "holds no arrays.*found: 'a'"),
        "cut off": (pickle.dumps(ARRAYS)[:-40], "is damaged"),
        "memory": (b"\x80\x04\x8e" + b"\xff" * 7 + b"\x0f", "is damaged"),
        "script": (b"#!/bin/sh\n", "is not a checkpoint"),
        "nothing": (b"", "is not a checkpoint"),
    }.values(),
)
def test_other_pickles_are_refused(tmp_path: Path, program: bytes, reason: str) -> None:
    (tmp_path / "weights").write_bytes(program)
    with pytest.raises(ClassSRError, match=f"weights: .*{reason}"):
        read_weights(tmp_path / "weights")


def test_a_dict_inside_itself_is_refused(tmp_path: Path) -> None:
    content: dict[str, object] = {}
    content["model"] = content
    with pytest.raises(ClassSRError, match="expected a dictionary of arrays"):
        read_weights(pickled(tmp_path / "weights", content))


def one_tensor(
    *, offset: int = 0, size: bytes = b"K\x02\x85", stride: bytes = b"K\x01\x85"
) -> bytes:
    """The pickle of {'w': tensor} on a storage '0' that says it holds four numbers."""
    storage = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0" + b"0X\x03\0\0\0cpuK\x04tQ"
    return (
        b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n("
        + storage
        + (b"J" + offset.to_bytes(4, "little", signed=True) + size + stride + b"\x89}tRs.")
    )


def test_the_tensor_that_the_next_test_damages(tmp_path: Path) -> None:
    storage = np.arange(4, dtype=np.float32).tobytes()
    path = torch_zip(tmp_path / "weights", one_tensor(offset=2), {"data/0": storage})
    assert_same(read_weights(path), {"w": np.array([2, 3], np.float32)})


def test_a_tensor_of_a_big_endian_machine(tmp_path: Path) -> None:
    storage = np.arange(4, dtype=">f4").tobytes()
    entries = {"data/0": storage, "byteorder": b"big"}
    path = torch_zip(tmp_path / "weights", one_tensor(offset=2), entries)
    assert_same(read_weights(path), {"w": np.array([2, 3], np.float32)})


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (one_tensor(offset=3), "reaches number 4 of a storage of 4"),
        (one_tensor(offset=-1), "not a count"),
        (one_tensor(stride=b"J\xff\xff\xff\xff\x85"), "not a count"),
        (one_tensor(stride=b"K\x04\x85"), "reaches number 4"),
        (one_tensor(stride=b"K\x01K\x01\x86"), "without a storage, size and stride"),
        (one_tensor(size=b"J\xff\xff\xff\x7f\x85", stride=b"K\x00\x85"), "more than 536,870,912"),
    ],
)
def test_a_tensor_outside_its_storage_is_refused(
    tmp_path: Path, program: bytes, reason: str
) -> None:
    path = torch_zip(tmp_path / "weights", program, {"data/0": bytes(16)})
    with pytest.raises(ClassSRError, match=reason):
        read_weights(path)


def test_a_storage_of_another_length_is_refused(tmp_path: Path) -> None:
    path = torch_zip(tmp_path / "weights", one_tensor(), {"data/0": bytes(12)})
    with pytest.raises(ClassSRError, match="says that storage 0 holds 4 numbers; it holds 3"):
        read_weights(path)


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    write_npz(path, {"w": np.zeros(1, np.float32)})
    # The directory at the end of the file claims four gigabytes less one byte.
    data = bytearray(path.read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = b"\xfe\xff\xff\xff"
    path.write_bytes(data)
    with pytest.raises(ClassSRError, match="unpacks to 4,294,967,294 bytes; at most"):
        read_weights(path)


def test_a_compressed_file_of_pytorch_is_refused(tmp_path: Path) -> None:
    """A small one can unpack to gigabytes of instructions."""
    with zipfile.ZipFile(tmp_path / "weights", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + b"N0" * 2**20 + b".")
    with pytest.raises(ClassSRError, match="is a compressed zip file"):
        read_weights(tmp_path / "weights")


def test_endless_instructions_are_refused(tmp_path: Path) -> None:
    path = torch_zip(tmp_path / "weights", b"\x80\x02" + b"N0" * 600_000 + b".")
    with pytest.raises(ClassSRError, match="more than 1,000,000 instructions"):
        read_weights(path)


def test_a_name_of_very_many_prefixes(tmp_path: Path) -> None:
    content = {"module." * 200_000 + "w": np.ones(2, np.float32)}
    assert_same(read_weights(pickled(tmp_path / "weights", content)), {"w": np.ones(2, np.float32)})


@pytest.mark.parametrize("name", ["w" * 201, "w\nerror: all is well", "w\x1b[2J"])
def test_a_name_that_is_none_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(ClassSRError, match=r"array with the name .*, which is none") as refusal:
        read_weights(pickled(tmp_path / "weights", {name: np.ones(2), "v": np.ones(2)}))
    assert str(refusal.value).isprintable()


def test_objects_in_an_npz_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, w=np.array([Call(os.system, f"touch {tmp_path / 'trace'}")], object))
    with pytest.raises(ClassSRError, match=r"weights\.npz: .*allow_pickle=False"):
        read_weights(path)
    assert not (tmp_path / "trace").exists()


def test_other_files_of_pytorch_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "tar.pth", "w") as archive:
        archive.addfile(tarfile.TarInfo("pickle"))
    with pytest.raises(ClassSRError, match=r"before 0\.1\.10; save it again"):
        read_weights(tmp_path / "tar.pth")
    script = torch_zip(tmp_path / "script.pt", b"\x80\x02}.", {"constants.pkl": b"\x80\x02)."})
    with pytest.raises(ClassSRError, match=r"TorchScript.*torch\.jit\.load"):
        read_weights(script)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "")
    with pytest.raises(ClassSRError, match=r"without the one data\.pkl"):
        read_weights(other)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ClassSRError, match="cannot be read"):
        read_weights(tmp_path / "nothing.pth")


@pytest.mark.parametrize("name", ["weights.pth", "weights.pdparams", "weights.npz"])
def test_damage_anywhere_is_one_clear_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith(".pth"):
        write_pth(path, ARRAYS)
    elif name.endswith(".npz"):
        write_npz(path, ARRAYS)
    else:
        pickled(path, ARRAYS)
    sound = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(300):
        data = bytearray(sound)
        for position in random.integers(len(data), size=3):
            data[position] = random.integers(256)
        path.write_bytes(data[: random.integers(len(data) // 2, len(data) + 1)])
        try:
            read_weights(path)
        except ClassSRError as error:
            assert str(path) in str(error)
