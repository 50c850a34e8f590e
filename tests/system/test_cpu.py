"""The math libraries' settings suit the machine and leave what the user has set."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from classsr.system import cpu
from classsr.system.cpu import (
    core_cache,
    cpu_quota,
    prepare,
    share_of_cores,
    starting_environment,
    tiles_in_cache,
)

ROOT = Path(__file__).parents[2]
SKYLAKE = "avx512f avx512cd avx512bw avx512dq avx512vl"


def prepared(given: dict[str, str], cpuinfo: str = "") -> dict[str, str]:
    environment = dict(given)
    prepare(environment, given=given, cpuinfo=cpuinfo, threads=4)
    return environment


@pytest.mark.parametrize(
    ("flags", "kernels"),
    [("avx2", "5"), (f"avx2 {SKYLAKE}", "7"), ("avx2 avx512f avx512_bf16", "5")],
)
def test_amd_processors_get_the_fast_kernels(flags: str, kernels: str) -> None:
    cpuinfo = f"vendor_id : AuthenticAMD\nflags : fpu {flags} rdpid"
    assert prepared({}, cpuinfo)["MKL_DEBUG_CPU_TYPE"] == kernels
    assert prepared({"MKL_DEBUG_CPU_TYPE": "4"}, cpuinfo)["MKL_DEBUG_CPU_TYPE"] == "4"


def test_other_processors_keep_their_kernels() -> None:
    assert "MKL_DEBUG_CPU_TYPE" not in prepared({}, f"vendor_id : GenuineIntel\nflags : {SKYLAKE}")


def test_threads_are_set_where_the_user_has_not() -> None:
    assert prepared({}) == {"MKL_NUM_THREADS": "4", "KMP_BLOCKTIME": "0"}
    assert prepared({"KMP_BLOCKTIME": "9"})["KMP_BLOCKTIME"] == "9"
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        assert prepared({name: "1"}) == {name: "1"}


@pytest.mark.parametrize(
    ("cores", "quota", "processes", "threads"),
    [(8, math.inf, 1, 8), (8, 2.5, 1, 2), (8, 0.5, 1, 1), (8, math.inf, 3, 2), (2, 4.0, 4, 1)],
)
def test_processes_share_what_they_may_use(
    cores: int, quota: float, processes: int, threads: int
) -> None:
    assert share_of_cores(cores=cores, quota=quota, processes=processes) == threads


def test_the_quota_of_a_container(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path) == math.inf
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    for text, quota in (("-1\n", math.inf), ("150000\n", 1.5)):
        (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(text)
        assert cpu_quota(tmp_path) == quota
    for text, quota in (("max 100000\n", math.inf), ("400000 200000\n", 2.0)):
        (tmp_path / "cpu.max").write_text(text)
        assert cpu_quota(tmp_path) == quota


def test_batches_fit_into_the_cache_of_a_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert core_cache(tmp_path) == 2**20
    for place, (level, size) in enumerate([("1", "32K"), ("2", "2048K"), ("3", "33792K")]):
        folder = tmp_path / f"index{place}"
        folder.mkdir()
        (folder / "level").write_text(f"{level}\n")
        (folder / "size").write_text(f"{size}\n")
    assert core_cache(tmp_path) == 2**21
    for cache, tiles in ((2**15, 1), (2**20, 4), (2**21, 8), (2**30, 16)):
        monkeypatch.setattr(cpu, "core_cache", lambda size=cache: size)
        assert tiles_in_cache() == tiles


@pytest.mark.parametrize(
    ("given", "threads"), [({}, "1"), ({"OMP_NUM_THREADS": "3"}, None)], ids=["unset", "set"]
)
def test_launched_processes_share_the_cores_unless_the_user_says_otherwise(
    given: dict[str, str], threads: str | None
) -> None:
    """A launcher that, as Paddle's, sets OMP_NUM_THREADS for the process that it starts."""
    child = "import classsr, os; print(os.environ.get('MKL_NUM_THREADS'))"
    cores = len(os.sched_getaffinity(0))
    launcher = (
        "import os, subprocess, sys; os.environ.setdefault('OMP_NUM_THREADS', '1');"
        f"os.environ['PADDLE_LOCAL_SIZE'] = '{cores}';"
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    clean = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    environment = clean | {"PYTHONPATH": str(ROOT / "codes")} | given
    command = [sys.executable, "-c", launcher]
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert printed.stdout.strip() == str(threads)


def test_the_starting_environment_does_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before = starting_environment(os.getpid())
    monkeypatch.setenv("CLASSSR_TEST", "x")
    assert starting_environment(os.getpid()) == before
    assert "PATH" in before
