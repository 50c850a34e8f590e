"""Learning rates beyond the reference curves of test_alignment."""

from __future__ import annotations

import pytest

from classsr.training.lr_schedule import cosine_restart, multi_step


def test_cosine_falls_from_lr_to_eta_min() -> None:
    rate = cosine_restart(lr=1e-3, T_period=[100], eta_min=1e-7)
    assert rate(0) == 1e-3
    assert rate(50) == pytest.approx((1e-3 + 1e-7) / 2)
    assert rate(100) == pytest.approx(1e-7)
    assert all(rate(step) > rate(step + 1) for step in range(100))


def test_restart_begins_after_its_step() -> None:
    rate = cosine_restart(lr=1.0, T_period=[10, 5], restarts=[10], restart_weights=[0.5])
    assert rate(10) == pytest.approx(1e-7)
    assert rate(11) == 0.5


def test_multi_step_halves_at_milestones_and_restarts() -> None:
    rate = multi_step(lr=1.0, milestones=[2, 4, 12], restarts=[10], restart_weights=[0.8])
    found = [rate(step) for step in (0, 1, 2, 4, 9, 10, 11, 12)]
    assert found == [1.0, 1.0, 0.5, 0.25, 0.25, 0.8, 0.8, 0.4]
