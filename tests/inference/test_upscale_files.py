"""What is upscaled and where it goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from classsr.errors import ClassSRError
from classsr.inference.upscale_files import Job, find_sources, make_jobs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one of them in a folder below, and other files."""
    (tmp_path / "deeper").mkdir()
    for name in ("a.png", "deeper/b.JPG", "deeper/.hidden.png", "notes.txt", "photo[1].png"):
        (tmp_path / name).touch()
    return tmp_path


def found(*inputs: str | Path) -> list[str]:
    return [path.name for path in find_sources([str(text) for text in inputs])]


def test_folders_files_and_patterns(folder: Path) -> None:
    assert found(folder) == ["a.png", "photo[1].png"]
    assert found(folder / "photo[1].png") == ["photo[1].png"]
    assert found(folder / "**" / "*") == ["a.png", "b.JPG", "photo[1].png"]
    assert found(folder / "a.png", folder, folder / "*.png") == ["a.png", "photo[1].png"]
    assert found(folder / "missing.png") == ["missing.png"]


def test_nothing_to_upscale(folder: Path) -> None:
    with pytest.raises(ClassSRError, match=r"\*\.webp: matches no pictures"):
        found(folder / "*.webp")
    (folder / "empty").mkdir()
    with pytest.raises(ClassSRError, match="empty: holds no images"):
        found(folder / "empty")


def test_what_cannot_be_looked_into(folder: Path) -> None:
    locked = folder / "locked"
    locked.mkdir(mode=0)
    if os.access(locked, os.R_OK):
        pytest.skip("root reads everything")
    with pytest.raises(ClassSRError, match=r"locked: cannot be read \(Permission denied\)"):
        found(locked)
    with pytest.raises(ClassSRError, match=r"a\.png: cannot be looked for \(Permission denied\)"):
        found(locked / "a.png")


def jobs(sources: list[Path], output: Path, *, suffix: str = "", extension: str = "auto") -> list:
    return make_jobs(sources, output, suffix=suffix, extension=extension)


def test_names_of_results(folder: Path) -> None:
    source, out = folder / "deeper" / "b.JPG", folder / "out"
    assert jobs([source], out) == [Job(source, out / "b.JPG")]
    assert jobs([source], out, suffix="x4") == [Job(source, out / "b_x4.JPG")]
    assert jobs([source], out, suffix="x4", extension="png") == [Job(source, out / "b_x4.png")]
    assert jobs([source], folder / "new.webp") == [Job(source, folder / "new.webp")]
    assert Job(source, out / "b.JPG").class_map == out / "b_classes.png"


def test_results_never_replace_pictures_or_each_other(folder: Path) -> None:
    first, second = folder / "a.png", folder / "deeper" / "a.png"
    with pytest.raises(ClassSRError, match=r"a\.png: would be overwritten by its result"):
        jobs([first], folder)
    with pytest.raises(ClassSRError, match=r"a\.png: would be written to .*a\.png, as .*a\.png"):
        jobs([first, second], folder / "out")
    for name in ("notes.txt", "new.png"):
        with pytest.raises(ClassSRError, match=f"{name}: is a file; name a folder for 2 pictures"):
            jobs([first, second], folder / name)


def test_results_of_an_earlier_run_are_no_pictures(folder: Path) -> None:
    source, earlier = folder / "a.png", folder / "a_x4.png"
    assert jobs([source, earlier], folder, suffix="x4") == [Job(source, earlier)]
