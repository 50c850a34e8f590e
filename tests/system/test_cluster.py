"""Work on a Ray cluster, which the test starts on this machine and stops."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from classsr.errors import ClassSRError
from classsr.system.cluster import connected, work_on_cluster

ray = pytest.importorskip("ray")


def begin(folder: Path) -> None:
    (folder / f"worker{os.getpid()}").touch()


def square(number: int, *, folder: Path) -> int:
    """Kills its process at 3 once, at 5 always."""
    once = folder / "killed"
    if number == 5 or (number == 3 and not once.exists()):
        once.touch()
        os._exit(1)
    return number**2


def test_what_a_dead_worker_had_in_hand_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))  # of this module
    results: dict[int, int | None] = {}
    work_on_cluster(
        list(range(8)),
        partial(square, folder=tmp_path),
        address="auto",
        begin=partial(begin, tmp_path),
        done=results.__setitem__,
    )
    assert results == {number: None if number == 5 else number**2 for number in range(8)}
    assert len(list(tmp_path.glob("worker*"))) >= 5  # at least one, and four that replaced others
    assert not ray.is_initialized()


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("nonsense", "--cluster nonsense: expected auto or HOST:PORT"),
        ("", "--cluster : expected auto or HOST:PORT"),
        ("127.0.0.1:1", "--cluster 127.0.0.1:1: no cluster answers .*; start one by ray start"),
        ("127.0.0.1:99999", "--cluster 127.0.0.1:99999: no cluster answers"),
    ],
)
def test_an_address_where_nobody_answers_is_one_line(address: str, error: str) -> None:
    with pytest.raises(ClassSRError, match=error), connected(address):
        pass
