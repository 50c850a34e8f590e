"""Settings of the libraries below Paddle, on which its speed on CPUs depends."""

from __future__ import annotations

import ctypes
import os
from collections.abc import MutableMapping
from pathlib import Path

# By number in malloc.h: M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD (bytes).
MALLOC_SETTINGS = {-4: 0, -1: 2**31 - 1, -2: 64 * 2**20}


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


def keep_freed_memory() -> None:
    """Let the C library keep what a training step frees, since the next one asks for the same.

    By default large blocks go back to the system, and come again from it page by page: with many
    small tensors that takes longer than computing on them. Nothing changes where the user has set
    the allocator, or the C library is not glibc.
    """
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in MALLOC_SETTINGS.items():
            mallopt(parameter, value)
