"""How much memory is left to this process."""

from __future__ import annotations

import math
import resource
from pathlib import Path


def available_memory(*, proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> float:
    """Bytes that this process may still take, infinite where the system does not tell.

    The least of what the machine has left, what its container may take (versions 1 and 2) and the
    limit of its address space (ulimit -v).
    """
    return max(0.0, min(_machine(proc), _container(cgroup), _address_space(proc)))


def _machine(proc: Path) -> float:
    return 2**10 * _entry(proc / "meminfo", "MemAvailable:", default=math.inf)


def _container(cgroup: Path) -> float:
    versions = (
        (cgroup, "memory.max", "memory.current"),
        (cgroup / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    )
    for folder, *names in versions:
        limit, used = (folder / name for name in names)
        if limit.is_file() and used.is_file():
            text = limit.read_text().strip()
            if text == "max":
                return math.inf
            # These count as used, and are given back at once where they are needed.
            cached = _entry(
                folder / "memory.stat", "inactive_file", "total_inactive_file", default=0
            )
            return float(text) - float(used.read_text()) + cached
    return math.inf


def _entry(file: Path, *names: str, default: float) -> float:
    """The number behind the first of some names in a file with a line for each."""
    for line in file.read_text().splitlines() if file.is_file() else ():
        words = line.split()
        if words and words[0] in names:
            return float(words[1])
    return default


def _address_space(proc: Path) -> float:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    file = proc / "self" / "statm"
    if limit == resource.RLIM_INFINITY or not file.is_file():
        return math.inf
    return limit - float(file.read_text().split()[0]) * resource.getpagesize()
