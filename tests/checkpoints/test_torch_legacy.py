"""Files of before PyTorch 1.6 are read as data: nothing in any of their five pickles runs."""

from __future__ import annotations

import os
import pickle
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from classsr.checkpoints.published.reader import read_weights
from classsr.errors import ClassSRError
from torch_files import MACHINE, PLACES, Tensor, legacy, state_dict

STORAGES: dict[str, np.ndarray] = {
    "10": np.arange(240, dtype=np.float32) / 7,
    "2": np.arange(6, dtype=np.float64) / 3,
    "31": np.array([7], np.int64),
    "4": np.array([1.5, -2], np.float16),
}
TENSORS = {
    "conv.weight": Tensor("10", (2, 3, 2, 2), (12, 4, 2, 1)),
    "conv.transposed": Tensor("10", (4, 3), (1, 4), offset=8),
    "conv.part": Tensor("10", (2, 2), (2, 1), offset=1, part=(10, 6)),
    "double": Tensor("2", (5,), (1,), offset=1),
    "expanded": Tensor("4", (2, 3), (1, 0)),
    "norm.num_batches_tracked": Tensor("31", (), ()),
    "nothing": Tensor("10", (0, 3), (3, 1)),
}


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_views_shared_storages_and_all_kinds_of_numbers(tmp_path: Path) -> None:
    found = read_weights(write(tmp_path / "x.pth", legacy(TENSORS, STORAGES)))
    numbers = STORAGES["10"]
    expected = {
        "conv.weight": numbers[:24].reshape(2, 3, 2, 2),
        "conv.transposed": numbers[8:20].reshape(3, 4).T,
        "conv.part": numbers[11:15].reshape(2, 2),
        "double": (np.arange(1, 6) / 3).astype(np.float32),
        "expanded": np.array([[1.5] * 3, [-2] * 3], np.float32),
        "norm.num_batches_tracked": np.array(7),
        "nothing": np.zeros((0, 3), np.float32),
    }
    assert list(found) == list(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype, name
        assert found[name].flags.c_contiguous, name
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_other_protocols_of_pickle(tmp_path: Path) -> None:
    pickles = {
        "magic": pickle.dumps(0x1950A86A20F9469CFC6C, 4),
        "version": pickle.dumps(1001, 3),
        "machine": pickle.dumps(MACHINE, 4),
        "keys": b"\x80\x02]" + b"".join(b"U%c%sa" % (len(k), k) for k in (b"10", b"2")) + b".",
    }
    storages = {key: STORAGES[key] for key in ("10", "2")}
    tensors = {name: t for name, t in TENSORS.items() if t.storage in storages}
    found = read_weights(write(tmp_path / "x", legacy(tensors, storages, **pickles)))
    np.testing.assert_array_equal(found["double"], (np.arange(1, 6) / 3).astype(np.float32))


class Call:
    """Pickles as a call that leaves a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.trace}",)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_call_in_any_of_the_five_pickles_does_not_run(
    tmp_path: Path, place: str, protocol: int
) -> None:
    trace = tmp_path / "trace"
    program = pickle.dumps(Call(trace), protocol)
    sound = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    if place == "magic":  # a file that begins with the number, then calls
        program = sound[:-1] + program[2:]
    path = write(tmp_path / "x.pth", legacy(TENSORS, STORAGES, **{place: program}))
    with pytest.raises(ClassSRError, match=r"x\.pth: wants to call 'posix\.system'"):
        read_weights(path)
    assert not trace.exists()


def damaged(**changes: object) -> bytes:
    """A file of one tensor whose description is changed."""
    described = {"storage": "4", "size": (2,), "stride": (1,), **changes}
    return legacy({"w": Tensor(**described)}, {"4": STORAGES["4"]})  # type: ignore[arg-type]


SOUND = damaged()
ONE: dict[str, np.ndarray] = {"4": STORAGES["4"]}


@pytest.mark.parametrize(
    ("data", "reason"),
    {
        "cut in a storage": (SOUND[:-1], "it is cut off"),
        "cut before the storages": (SOUND[:-12], "it is cut off, or holds 0"),
        "cut in a pickle": (SOUND[:60], "is damaged"),
        "another length": (SOUND[:-12] + b"\3" + SOUND[-11:], "holds 2 numbers; .* holds 3"),
        "a length below 0": (SOUND[:-12] + b"\xff" * 8 + SOUND[-4:], "is cut off, or holds"),
        "outside": (damaged(offset=1), "reaches number 2 of a storage of 2"),
        "outside a part": (damaged(part=(1, 2)), "reaches number 1 of a storage of 1"),
        "a part before it": (damaged(part=(-1, 2)), "place is not a count"),
        "huge": (damaged(size=(2**31 - 1,), stride=(0,)), "more than 536,870,912"),
        "other keys": (legacy({}, ONE), "lists other storages"),
        "no keys": (legacy({}, {}, keys=b"\x80\x02N."), "lists other storages"),
        "more than the file": (
            legacy(
                {}, {}, content=state_dict({"w": Tensor("x", (2,), (1,))}, {"x": np.ones(9999)})
            ),
            "storage x holds more than the whole file",
        ),
        "another version": (legacy({}, {}, version=pickle.dumps(1002, 2)), "only 1001 is read"),
        "instructions": (
            legacy({}, {}, machine=b"\x80\x02" + b"N0" * 600_000 + b"."),
            "more than 1,000,000 instructions",
        ),
    }.values(),
)
def test_what_is_cut_off_or_lies_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(ClassSRError, match=f"x.pth: .*{reason}") as refusal:
        read_weights(write(tmp_path / "x.pth", data))
    assert str(refusal.value).isprintable()


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """A file with some bytes flipped, a part cut out, or a length made larger or smaller."""
    changed = bytearray(data)
    kind = random.integers(4)
    if kind == 0:
        for position in random.integers(len(data), size=random.integers(1, 6)):
            changed[position] ^= 1 << random.integers(8)
    elif kind == 1:
        return data[: random.integers(len(data))]
    elif kind == 2:
        start = random.integers(len(data))
        del changed[start : start + random.integers(1, 64)]
    else:
        start = random.integers(len(data) - 8)
        width = int(random.choice([1, 2, 4, 8]))
        edges = [0, 1, 2 ** (8 * width - 1) - 1, 2 ** (8 * width) - 1]
        number = edges[random.integers(len(edges))]
        changed[start : start + width] = number.to_bytes(width, "little")
    return bytes(changed)


@pytest.mark.parametrize(
    "number", [200, pytest.param(5_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_damage_anywhere_is_one_line_within_bounded_memory(tmp_path: Path, number: int) -> None:
    random = np.random.default_rng(number)
    sound = legacy(TENSORS, STORAGES)
    outcomes: Counter[str] = Counter()
    tracemalloc.start()
    for _ in range(number):
        path = write(tmp_path / "x.pth", mutated(sound, random))
        try:
            read_weights(path)
            outcomes["read"] += 1
        except ClassSRError as error:
            outcomes["refused"] += 1
            assert str(error).startswith(f"{path}: ")
            assert str(error).isprintable()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**24
    assert min(outcomes["read"], outcomes["refused"]) > number // 20
