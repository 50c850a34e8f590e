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
    file = proc / "meminfo"
    for line in file.read_text().splitlines() if file.is_file() else ():
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return 2**10 * float(amount.split()[0])
    return math.inf


def _container(cgroup: Path) -> float:
    versions = (
        ("memory.max", "memory.current", "memory.stat"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "memory/memory.stat",
        ),
    )
    for limit, used, stat in ([cgroup / name for name in names] for names in versions):
        if limit.is_file() and used.is_file():
            text = limit.read_text().strip()
            if text == "max":
                return math.inf
            return float(text) - float(used.read_text()) + _cached_files(stat)
    return math.inf


def _cached_files(stat: Path) -> float:
    """Bytes that count as used and are given back at once where they are needed."""
    for line in stat.read_text().splitlines() if stat.is_file() else ():
        name, _, amount = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file"):
            return float(amount)
    return 0.0


def _address_space(proc: Path) -> float:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    file = proc / "self" / "statm"
    if limit == resource.RLIM_INFINITY or not file.is_file():
        return math.inf
    return limit - float(file.read_text().split()[0]) * resource.getpagesize()
