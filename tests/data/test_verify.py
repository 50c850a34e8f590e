"""What `verify` finds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from classsr.data.prepare.crops import crops_for_training
from classsr.data.prepare.layouts import LayoutName
from classsr.data.prepare.pipeline import prepare
from classsr.data.prepare.sources import photographs
from classsr.data.prepare.verify import verify
from classsr.data.prepare.whole import make_pairs
from classsr.errors import ClassSRError
from classsr.images.rgb import write_image
from photographs import random_image, write_photographs


def make(tmp_path: Path, *, layout: LayoutName = "packed", claims: str = "") -> Path:
    write_photographs(tmp_path / "hr")
    prepare(
        photographs(tmp_path / "hr"),
        out=tmp_path / "set",
        layout=layout,
        crops=crops_for_training(4),
        claims=claims,
    )
    return tmp_path / "set"


@pytest.mark.parametrize("layout", ["packed", "folders"])
def test_a_good_set_passes(tmp_path: Path, layout: LayoutName) -> None:
    assert verify(make(tmp_path, layout=layout)) == []


def test_missing_superfluous_and_misshapen_arrays(tmp_path: Path) -> None:
    made = make(tmp_path)
    (made / "hr" / "0001.npy").rename(made / "hr" / "other.npy")
    np.save(made / "lr" / "0002.npy", np.zeros((9, 9, 3), np.uint8))
    (made / "lr" / "0003.npy").write_bytes(b"")
    np.save(made / "scores" / "0003.npy", np.zeros(2))
    problems = "\n".join(verify(made))
    for expected in (
        "hr/0001.npy: is missing (1 such files)",
        "hr/other.npy: is not in the manifest (1 such files)",
        "lr/0002.npy: expected 1/4 of HR (224, 224, 3), found (9, 9, 3)",
        "lr/0003.npy: cannot be read",
        "scores/0003.npy: expected 4 scores, found (2,)",
    ):
        assert expected in problems


def test_missing_sub_images_and_links(tmp_path: Path) -> None:
    made = make(tmp_path, layout="folders")
    next((made / "GT_class1").iterdir()).unlink()
    (made / "LR" / "0001_s001.png").unlink()
    problems = verify(made)
    assert len(problems) == 2
    assert "LR/0001_s001.png: is missing" in problems[0]
    assert "expected [4, 4, 4] sub-images by class, found [3, 4, 4]" in problems[1]


def test_an_input_that_changed(tmp_path: Path) -> None:
    made = make(tmp_path)
    write_image(tmp_path / "hr" / "0001.png", random_image(200, 200))
    (tmp_path / "hr" / "0002.png").unlink()  # one that was removed is no fault
    problems = verify(made)
    assert len(problems) == 1
    assert "hr/0001.png has changed since" in problems[0]


def test_a_set_that_claims_to_be_the_papers(tmp_path: Path) -> None:
    problems = verify(make(tmp_path, claims="DIV2K"))
    assert len(problems) == 1
    assert "total: the paper's DIV2K holds 1594077, this 12" in problems[0]


def test_pairs_of_whole_images(tmp_path: Path) -> None:
    write_photographs(tmp_path / "hr", n=2)
    make_pairs(photographs(tmp_path / "hr"), out=tmp_path / "pairs", claims="Test2K")
    problems = verify(tmp_path / "pairs")
    assert len(problems) == 1
    assert "the paper's Test2K holds 12320, this 2" in problems[0]
    write_image(tmp_path / "pairs" / "LR_x4" / "0001.png", random_image(10, 10))
    assert "GT/0001.png: expected 40x40, 4 times 0001.png, found 224x224" in "".join(
        verify(tmp_path / "pairs")
    )


def test_a_folder_without_or_with_a_broken_manifest(tmp_path: Path) -> None:
    with pytest.raises(ClassSRError, match=r"holds no manifest\.json"):
        verify(tmp_path)
    for broken in ("{", json.dumps({"step": "cut"}), "[]"):
        (tmp_path / "manifest.json").write_text(broken)
        with pytest.raises(ClassSRError, match=r"manifest\.json: is no manifest"):
            verify(tmp_path)
