"""GT and LQ folders: pairing, classes, and pairs that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.images.rgb import write_image


def write(path: Path, *, side: int, value: int = 0, dtype: type = np.uint8) -> None:
    write_image(path, np.full((side, side, 3), value, dtype))


def test_pairs_have_one_stem_with_or_without_the_scale(tmp_path: Path) -> None:
    for name, lq_name, value in (("a", "ax4", 1), ("b", "b", 2)):
        write(tmp_path / "GT" / f"{name}.png", side=16, value=value)
        write(tmp_path / "LR" / f"{lq_name}.png", side=4, value=value)
    pairs = PairFolder(gt=tmp_path / "GT", lq=tmp_path / "LR", scale=4)
    assert pairs.names == ["a", "b"]
    lr, hr = pairs[1]
    assert lr.shape == (4, 4, 3)
    assert hr.shape == (16, 16, 3)
    assert lr.max() == hr.max() == 2


@pytest.mark.parametrize("lonely", ["GT", "LR"])
def test_an_image_without_partner_is_named(tmp_path: Path, lonely: str) -> None:
    write(tmp_path / "GT" / "a.png", side=16)
    write(tmp_path / "LR" / "a.png", side=4)
    write(tmp_path / lonely / "b.png", side=16)
    with pytest.raises(ClassSRError, match=rf"{lonely}/b\.png: has no partner in .*\(1 such"):
        PairFolder(gt=tmp_path / "GT", lq=tmp_path / "LR", scale=4)


def test_two_files_of_one_stem_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "GT" / "a.png", side=16)
    write(tmp_path / "GT" / "a.bmp", side=16)
    with pytest.raises(ClassSRError, match=r"a\.png: has the same stem as a\.bmp; rename one"):
        PairFolder(gt=tmp_path / "GT", lq=tmp_path / "GT", scale=1)


def test_mismatched_pairs_are_named(tmp_path: Path) -> None:
    write(tmp_path / "GT" / "a.png", side=18)
    write(tmp_path / "LR" / "a.png", side=4)
    pairs = PairFolder(gt=tmp_path / "GT", lq=tmp_path / "LR", scale=4)
    with pytest.raises(ClassSRError, match=r"GT/a\.png: expected 16x16, .* found 18x18; crop"):
        pairs[0]
    write(tmp_path / "GT" / "a.png", side=16, dtype=np.uint16)
    with pytest.raises(ClassSRError, match=r"holds uint16 values but .*uint8"):
        pairs[0]


def test_classes_lie_in_folders_of_their_own(tmp_path: Path) -> None:
    for number, value in ((1, 10), (3, 30)):
        write(tmp_path / f"GT_class{number}" / "a.png", side=16, value=value)
        write(tmp_path / f"LR_class{number}" / "a.png", side=4, value=value)
    for folder, side in (("GT", 16), ("LR", 4)):
        write(tmp_path / folder / "a.png", side=side)
    pairs = PairFolder(gt=tmp_path / "GT", lq=tmp_path / "LR", scale=4)
    assert [lr.max() for lr, _ in pairs.subset(classes=[0, 2])] == [10, 30]  # type: ignore[attr-defined]
    with pytest.raises(ClassSRError, match="GT_class2: no such folder"):
        pairs.subset(classes=[1])
