"""Damaged and hostile files: some of the cases of `make fuzz`."""

from __future__ import annotations

from pathlib import Path

import fuzz
import fuzz_seeds


def test_damaged_files_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    outcomes = fuzz.run_cases(range(400), seed=0, folder=tmp_path)
    assert outcomes.findings == []
    assert min(outcomes.read, outcomes.refused) > 20


def test_what_is_damaged_was_sound(tmp_path: Path) -> None:
    seeds = fuzz_seeds.make_seeds(tmp_path / "seeds")
    assert {seed.kind for seed in seeds} == set(fuzz.READERS)
    for seed in seeds:
        if seed.kind not in ("options", "exported") and "legacy" not in seed.name:
            path = tmp_path / seed.name
            path.write_bytes(seed.wrap(seed.content))
            for read in fuzz.READERS[seed.kind]:
                if read is not fuzz.read_image:  # which refuses those with transparency
                    read(path)


def test_a_case_is_the_same_each_time(tmp_path: Path) -> None:
    seeds, again = (fuzz_seeds.make_seeds(tmp_path / name / "seeds") for name in "ab")
    for case in range(50):
        (one, content), (other, same) = (fuzz.make_case(given, 3, case) for given in (seeds, again))
        assert one.name == other.name
        assert content == same
