"""Settings of the math libraries that must stand in the environment before Paddle is loaded."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path


def prepare(environment: MutableMapping[str, str], cpuinfo: str) -> None:
    """Give MKL its fast kernels on AMD processors; what the user has set stays.

    The MKL that Paddle bundles takes its generic code path on processors that are not Intel's,
    which makes matrix products several times slower; 5 selects the AVX2 path.

    cpuinfo: the text of /proc/cpuinfo, empty where there is none.
    """
    if "AuthenticAMD" in cpuinfo:
        environment.setdefault("MKL_DEBUG_CPU_TYPE", "5")


def prepare_this_process() -> None:
    """Apply `prepare` to this process; called once, when the package is imported."""
    cpuinfo = Path("/proc/cpuinfo")
    prepare(os.environ, cpuinfo.read_text() if cpuinfo.is_file() else "")
