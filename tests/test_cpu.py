"""The math libraries' settings leave what the user has set."""

from __future__ import annotations

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
