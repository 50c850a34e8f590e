"""The settings of the libraries below Paddle leave what the user has set."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from classsr import cpu
from classsr.cpu import prepare


def test_amd_processors_get_the_fast_kernels() -> None:
    environment: dict[str, str] = {}
    prepare(environment, "vendor_id : AuthenticAMD")
    assert environment == {"MKL_DEBUG_CPU_TYPE": "5"}


def test_other_processors_and_the_users_choice_stay() -> None:
    environment: dict[str, str] = {}
    prepare(environment, "vendor_id : GenuineIntel")
    assert environment == {}
    environment = {"MKL_DEBUG_CPU_TYPE": "4"}
    prepare(environment, "vendor_id : AuthenticAMD")
    assert environment == {"MKL_DEBUG_CPU_TYPE": "4"}


def test_freed_memory_is_kept_unless_the_user_has_set_the_allocator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[tuple[int, int]] = []
    library = SimpleNamespace(mallopt=lambda *given: calls.append(given))
    monkeypatch.setattr(cpu.ctypes, "CDLL", lambda name: library)
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    cpu.keep_freed_memory()
    assert not calls
    monkeypatch.delenv("MALLOC_ARENA_MAX")
    cpu.keep_freed_memory()
    assert dict(calls) == cpu.MALLOC_SETTINGS
