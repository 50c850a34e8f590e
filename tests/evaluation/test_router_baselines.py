"""Choices of tiles with given class counts."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from classsr.evaluation.router_baselines import at_random, by_score, laplacian_energy, least_error


@pytest.mark.parametrize("counts", [(2, 3, 1), (0, 6, 0), (3, 3), (6,)])
def test_every_choice_keeps_the_counts(counts: tuple[int, ...]) -> None:
    number, wanted = sum(counts), np.array(counts)
    errors = np.random.default_rng(0).random((number, len(counts)))
    for classes in (
        at_random(wanted, seed=0),
        by_score(errors[:, 0], wanted),
        least_error(errors, wanted),
    ):
        assert classes.shape == (number,)
        np.testing.assert_array_equal(np.bincount(classes, minlength=len(counts)), wanted)


def test_random_choices_differ_by_their_seed_alone() -> None:
    counts = np.array([20, 20, 20])
    np.testing.assert_array_equal(at_random(counts, seed=1), at_random(counts, seed=1))
    assert (at_random(counts, seed=1) != at_random(counts, seed=2)).any()


def test_low_scores_get_simple_classes() -> None:
    classes = by_score(np.array([0.5, 9.0, 0.1, 2.0]), np.array([1, 2, 1]))
    assert classes.tolist() == [1, 2, 0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_the_oracle_is_the_best_of_all_choices(seed: int) -> None:
    errors = np.random.default_rng(seed).random((6, 3))
    counts = np.array([2, 3, 1])
    best = min(
        errors[range(6), list(classes)].sum() for classes in set(permutations([0, 0, 1, 1, 1, 2]))
    )
    assert errors[range(6), least_error(errors, counts)].sum() == pytest.approx(best)


def test_detail_has_energy_and_a_ramp_has_none() -> None:
    ramp = np.tile(np.arange(32, dtype=np.uint8)[:, None, None], (1, 32, 3))
    dot = np.zeros_like(ramp)
    dot[16, 16] = 255
    energies = laplacian_energy(np.stack([ramp, dot]))
    assert energies[0] == pytest.approx(0, abs=1e-6)
    white = 219.0  # the luma of white above that of black
    assert energies[1] == pytest.approx(white**2 * (16 + 4) / 30**2, rel=1e-4)
