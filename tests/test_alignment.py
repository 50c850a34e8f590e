"""Agreement with the original implementation; see alignment.py."""

import pytest

import alignment


@pytest.mark.parametrize("name", alignment.all_comparisons())
def test_agrees_with_the_original(name: str) -> None:
    for comparison in alignment.all_comparisons()[name]():
        assert comparison.difference <= comparison.bound, comparison
