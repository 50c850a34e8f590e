"""How much memory is left."""

from __future__ import annotations

import math
from pathlib import Path

from classsr.system.memory import available_memory


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_the_least_of_machine_and_container(tmp_path: Path) -> None:
    proc = write(tmp_path / "proc", {"meminfo": "MemTotal: 9 kB\nMemAvailable:  4000 kB\n"})
    none = tmp_path / "none"
    second = {"memory.max": "3000000\n", "memory.current": "1000000\n"}
    assert available_memory(proc=proc, cgroup=none) == 4_096_000
    version_2 = write(tmp_path / "2", {**second, "memory.stat": "anon 5\ninactive_file 200000\n"})
    assert available_memory(proc=proc, cgroup=version_2) == 2_200_000
    unlimited = write(tmp_path / "max", {**second, "memory.max": "max\n"})
    assert available_memory(proc=proc, cgroup=unlimited) == 4_096_000
    first = {"memory.limit_in_bytes": "500000", "memory.usage_in_bytes": "600000"}
    version_1 = write(tmp_path / "1", {f"memory/{name}": text for name, text in first.items()})
    assert available_memory(proc=proc, cgroup=version_1) == 0
    assert available_memory(proc=none, cgroup=none) == math.inf


def test_this_machine_has_some() -> None:
    assert 0 < available_memory() < math.inf
