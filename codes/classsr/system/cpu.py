"""What this machine's processors are like, and the settings that math libraries need for it.

The settings must stand in the environment before Paddle is loaded.
"""

from __future__ import annotations

import ctypes
import math
import os
import platform
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path

AVX512 = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}  # what MKL's kernels need


def prepare(
    environment: MutableMapping[str, str], *, given: Mapping[str, str], cpuinfo: str, threads: int
) -> None:
    """Give MKL its fast kernels on AMD processors, and threads; what the user has set stays.

    The MKL that Paddle bundles takes its generic code path on processors that are not Intel's,
    which makes matrix products several times slower; 5 selects the AVX2 path, 7 the AVX-512 one.
    Paddle itself takes one thread.

    given: the variables that the user has set.
    cpuinfo: the text of /proc/cpuinfo, empty where there is none.
    """
    if "AuthenticAMD" in cpuinfo:
        kernels = "7" if AVX512.issubset(cpuinfo.split()) else "5"
        environment.setdefault("MKL_DEBUG_CPU_TYPE", kernels)
    if not {"OMP_NUM_THREADS", "MKL_NUM_THREADS"} & given.keys():
        # Not OMP_NUM_THREADS, at which Paddle warns: what is slow is MKL's anyway.
        environment["MKL_NUM_THREADS"] = str(threads)
        environment.setdefault("KMP_BLOCKTIME", "0")  # threads that wait leave their core


def prepare_this_process() -> None:
    """Apply `prepare` to this process; called once, when the package is imported.

    Of Paddle's native code errors alone are shown: it warns whenever a graph is recorded.
    """
    os.environ.setdefault("GLOG_minloglevel", "2")
    cpuinfo = Path("/proc/cpuinfo")
    prepare(
        os.environ,
        given=users_environment(),
        cpuinfo=cpuinfo.read_text() if cpuinfo.is_file() else "",
        threads=own_threads(),
    )


def own_threads() -> int:
    """How many threads suit this process, where the user has not said it."""
    return share_of_cores(
        cores=len(os.sched_getaffinity(0)),
        quota=cpu_quota(),
        processes=int(os.environ.get("PADDLE_LOCAL_SIZE", "1")),
    )


def share_of_cores(*, cores: int, quota: float, processes: int) -> int:
    """Threads for one of some processes that share cores, of which a container may use a quota."""
    return max(1, int(min(cores, quota) / processes))


def cpu_quota(cgroup: Path = Path("/sys/fs/cgroup")) -> float:
    """How many cores a container may keep busy, infinite where nothing limits them.

    cgroup: where Linux tells it, in the file of version 2 or the two of version 1.
    """
    names = ["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]
    for files in ([cgroup / name for name in version] for version in names):
        if all(file.is_file() for file in files):
            quota, period = " ".join(file.read_text() for file in files).split()
            return math.inf if quota in ("max", "-1") else int(quota) / int(period)
    return math.inf


def core_cache(cache: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> int:
    """Bytes of a core's second-level cache; 1 MiB where the system does not tell.

    cache: where Linux tells it, with a folder for each of the core's caches.
    """
    for size in sorted(cache.glob("index*/size")):
        level = (size.parent / "level").read_text().strip()
        kibibytes = size.read_text().strip().removesuffix("K")
        if level == "2" and kibibytes.isdigit():
            return 2**10 * int(kibibytes)
    return 2**20


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name, as Linux tells it in a file."""
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def tiles_in_cache(*, channels: int = 64, tile: int = 32) -> int:
    """How many tiles' features, float32, a core's second-level cache holds: 1 to 16."""
    return min(max(core_cache() // (4 * channels * tile**2), 1), 16)


def users_environment() -> Mapping[str, str]:
    """The variables that the user has set.

    Paddle's launcher sets OMP_NUM_THREADS to 1 for its processes; what counts for them is what the
    launcher was started with, as far as the system tells it.
    """
    if "PADDLE_LOCAL_SIZE" in os.environ:
        with suppress(OSError):
            return starting_environment(os.getppid())
    return os.environ


def starting_environment(pid: int) -> dict[str, str]:
    """The variables that a process was started with, whatever it has set since."""
    entries = os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes()).split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def keep_freed_memory() -> None:
    """Let the C library keep memory that one training step frees and the next asks for again.

    It would return large blocks to the system, which then clears every page of them anew.
    Nothing happens where the user has set how memory is allocated, or without glibc.
    """
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    m_mmap_max, m_trim_threshold = -4, -1  # of glibc's malloc.h
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(m_mmap_max, 0)
        libc.mallopt(m_trim_threshold, -1)  # never
