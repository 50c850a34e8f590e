"""Which pictures are upscaled, where they go, and what is left as it is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from classsr.errors import ClassSRError
from classsr.images.origin import with_origin
from classsr.inference.pictures.due import due_of, made_with, map_origin, origin_of
from classsr.inference.pictures.jobs import Job, Jobs, make_jobs
from classsr.inference.pictures.sources import find_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one of them in a folder below, and other files."""
    folder = tmp_path / "pictures"
    (folder / "deeper" / "still").mkdir(parents=True)
    for name in ("a.png", "deeper/b.JPG", "deeper/.hidden.png", "notes.txt", "photo[1].png"):
        (folder / name).touch()
    for name in ("raw.CR2", "raw2.cr2", "README", "deeper/still/c.png"):
        (folder / name).touch()
    return folder


def found(*inputs: str | Path, recursive: bool = False, output: Path | None = None) -> list[str]:
    sources = find_sources([str(text) for text in inputs], recursive=recursive, output=output)
    return [str(place) for place in sources.places.values()]


def test_folders_files_and_patterns(folder: Path) -> None:
    assert found(folder) == ["a.png", "photo[1].png"]
    assert found(folder / "photo[1].png") == ["photo[1].png"]
    assert found(folder / "a.png", folder, folder / "*.png") == ["a.png", "photo[1].png"]
    assert found(folder / "missing.png") == ["missing.png"]
    assert found(os.path.relpath(folder / "a.png"), folder / "a.png") == ["a.png"]


def test_the_tree_below_folders_and_patterns_is_kept(folder: Path) -> None:
    tree = ["a.png", "deeper/b.JPG", "deeper/still/c.png", "photo[1].png"]
    assert found(folder, recursive=True) == tree
    assert found(folder / "**" / "*") == tree
    assert found(folder / "*" / "*.JPG") == ["deeper/b.JPG"]
    assert found(folder / "deeper" / "*.JPG") == ["b.JPG"]


def test_a_folder_of_results_among_the_pictures_is_no_input(folder: Path) -> None:
    results = folder / "deeper" / "still"
    expected = ["a.png", "deeper/b.JPG", "photo[1].png"]
    assert found(folder, recursive=True, output=results) == expected
    assert found(folder / "**" / "*", output=results) == expected
    assert found(results, output=results) == ["c.png"]
    assert found(folder / "deeper" / "*.JPG", output=folder) == ["b.JPG"]


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    (folder / "deeper" / "round").symlink_to(folder)
    assert len(found(folder, recursive=True)) == 4


def test_what_is_left_out_is_told(folder: Path) -> None:
    sources = find_sources([str(folder)])
    assert sources.left_out == "2 .cr2, 1 .txt, 1 without an ending, 1 folder (-r goes into them)"
    assert "folder" not in find_sources([str(folder)], recursive=True).left_out
    assert find_sources([str(folder / "a.png")]).left_out == ""


def test_class_maps_are_no_pictures_but_files_named_like_them_are(folder: Path) -> None:
    origin = map_origin({"model": "x"})
    (folder / "a_classes.png").write_bytes(with_origin(b"", origin))
    (folder / "school_classes.png").touch()
    sources = find_sources([str(folder)])
    assert folder / "school_classes.png" in sources.places
    assert folder / "a_classes.png" not in sources.places
    assert "1 class maps" in sources.left_out


def test_nothing_to_upscale(folder: Path) -> None:
    with pytest.raises(ClassSRError, match=r"\*\.webp: holds no images; .* ending in \.png, "):
        found(folder / "*.webp")
    with pytest.raises(ClassSRError, match=r"\*\.txt: holds no images; .*; it holds 1 \.txt"):
        found(folder / "*.txt")
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
    assert "1 unreadable folders" in find_sources([str(folder)], recursive=True).left_out


def jobs(
    sources: list[Path],
    output: Path,
    *,
    suffix: str = "",
    extension: str = "auto",
    with_map: bool = False,
    kept: tuple[Path, ...] = (),
) -> Jobs:
    places = {source: Path(source.name) for source in sources}
    return make_jobs(
        places, output, suffix=suffix, extension=extension, with_map=with_map, kept=kept
    )


def test_names_of_results(folder: Path) -> None:
    source, out = folder / "deeper" / "b.JPG", folder / "out"
    assert jobs([source], out).accepted == [Job(source, out / "b.JPG")]
    assert jobs([source], out, suffix="x4").accepted == [Job(source, out / "b_x4.JPG")]
    assert jobs([source], out, suffix="x4", extension="png").accepted == [
        Job(source, out / "b_x4.png")
    ]
    assert jobs([source], folder / "new.webp").accepted == [Job(source, folder / "new.webp")]
    assert jobs([source], out, with_map=True).accepted == [
        Job(source, out / "b.JPG", out / "b_classes.png")
    ]
    below = make_jobs({source: Path("deeper/b.JPG")}, out).accepted
    assert below == [Job(source, out / "deeper" / "b.JPG")]


def test_an_output_is_a_file_or_a_folder_by_its_name(folder: Path) -> None:
    both = [folder / "a.png", folder / "photo[1].png"]
    for name in ("notes.txt", "new.png"):
        with pytest.raises(ClassSRError, match=f"{name}: is a file; name a folder for 2 pictures"):
            jobs(both, folder / name)
    for name in ("x.heic", "x.pcx"):
        with pytest.raises(ClassSRError, match=rf"{name}: not written; name a folder, or a "):
            jobs(both[:1], folder / name)
    assert jobs(both, folder / "results.v2").accepted[0].target == folder / "results.v2" / "a.png"


def refusals(made: Jobs) -> list[str]:
    return [f"{job.source.name}: {why}" for job, why in made.refused.items()]


def test_a_source_is_never_replaced_and_the_others_go_on(folder: Path) -> None:
    here = [folder / "a.png", folder / "deeper" / "b.JPG"]
    made = jobs(here, folder)
    assert [job.source.name for job in made.accepted] == ["b.JPG"]
    (why,) = refusals(made)
    assert "its result would replace" in why and "which is read" in why
    link = folder / "deeper" / "a.png"
    link.symlink_to(folder / "a.png")
    assert refusals(jobs(here[:1], folder / "deeper"))


def test_one_of_two_pictures_with_one_place_is_refused(folder: Path) -> None:
    made = jobs([folder / "a.png", folder / "deeper" / "a.png"], folder / "out")
    assert len(made.accepted) == 1
    (why,) = refusals(made)
    assert f"out/a.png, of {folder / 'a.png'}; give one of them a folder of its own" in why


def test_class_maps_are_targets(folder: Path) -> None:
    """They replace no result, no source and no other class map."""
    out = folder / "out"
    picture, like_a_map, same_stem = (folder / name for name in ("a.png", "a_classes.png", "a.tif"))
    for one, other in (
        (picture, same_stem),
        (picture, like_a_map),
        (like_a_map, picture),
    ):
        made = jobs([one, other], out, with_map=True)
        assert [job.source for job in made.accepted] == [one]
        assert len(made.refused) == 1
        assert len(jobs([one, other], out).accepted) == 2
    mine = folder / "a_x4_classes.png"
    mine.touch()
    made = jobs([picture, mine], folder, suffix="x4", with_map=True)
    assert [job.source for job in made.refused] == [picture]


def test_what_is_to_be_kept_is_not_replaced(folder: Path) -> None:
    assert refusals(jobs([folder / "a.png"], folder / "out", kept=(folder / "out" / "a.png",)))


def test_a_link_to_itself_and_a_pipe_refuse_only_themselves(folder: Path) -> None:
    (folder / "loop.png").symlink_to(folder / "loop.png")
    os.mkfifo(folder / "pipe_classes.png")
    assert {"loop.png", "pipe_classes.png"} <= set(found(folder))


def test_results_of_an_earlier_run_are_no_pictures_but_a_users_own_file_is(folder: Path) -> None:
    source, earlier = folder / "a.png", folder / "a_x4.png"
    earlier.touch()
    made = jobs([source, earlier], folder, suffix="x4")
    assert [job.source for job in made.refused] == [source]
    assert [job.source for job in made.accepted] == [earlier]
    earlier.write_bytes(with_origin(b"", {"model": "x"}))
    made = jobs([source, earlier], folder, suffix="x4")
    assert (made.accepted, made.earlier) == ([Job(source, earlier)], 1)


SETTINGS = {
    "scale": None,
    "tile": 32,
    "precision": "auto",
    "budget": None,
    "quality": None,
}


@pytest.mark.parametrize(
    "other",
    [{"scale": 2.0}, {"tile": 48}, {"precision": "float32"}, {"budget": "50%"}, {"quality": 80}],
)
def test_other_settings_make_a_result_due_again(folder: Path, other: dict) -> None:
    model, job = folder / "notes.txt", Job(folder / "a.png", folder / "r.png")
    origin = origin_of(job.source, made_with(model, **SETTINGS))
    job.target.write_bytes(with_origin(b"", origin))
    assert not due_of(job, origin, overwrite=False)
    assert due_of(job, origin, overwrite=True)
    changed = origin_of(job.source, made_with(model, **{**SETTINGS, **other}))
    due = due_of(job, changed, overwrite=False)
    assert (due.result, due.again) == (True, True)


def test_another_model_or_picture_makes_a_result_due_again(folder: Path) -> None:
    model, job = folder / "notes.txt", Job(folder / "a.png", folder / "r.png")
    origin = origin_of(job.source, made_with(model, **SETTINGS))
    job.target.write_bytes(with_origin(b"", origin))
    model.write_text("trained further")
    assert due_of(job, origin_of(job.source, made_with(model, **SETTINGS)), overwrite=False).result
    model.write_text("")
    shutil.copy(folder / "README", job.source)  # another time
    os.utime(job.source, ns=(1, 1))
    assert due_of(job, origin_of(job.source, made_with(model, **SETTINGS)), overwrite=False).result


def test_a_class_map_that_is_asked_for_later_is_due_alone(folder: Path) -> None:
    job = Job(folder / "a.png", folder / "r.png", folder / "r_classes.png")
    origin = origin_of(job.source, made_with(folder / "notes.txt", **SETTINGS))
    job.target.write_bytes(with_origin(b"", origin))
    due = due_of(job, origin, overwrite=False)
    assert (due.result, due.class_map) == (False, True)
    assert job.class_map is not None
    job.class_map.write_bytes(with_origin(b"", map_origin(origin)))
    assert not due_of(job, origin, overwrite=False)


def test_the_result_of_another_picture_is_not_replaced(folder: Path) -> None:
    settings = made_with(folder / "notes.txt", **SETTINGS)
    job, other = (Job(folder / name, folder / "r.png") for name in ("a.png", "deeper/b.JPG"))
    other.source.write_text("another picture")
    job.target.write_bytes(with_origin(b"", origin_of(job.source, settings)))
    with pytest.raises(ClassSRError, match=r"r\.png: was made from another picture"):
        due_of(other, origin_of(other.source, settings), overwrite=False)
    moved = job.source.rename(folder / "moved.png")
    assert not due_of(job, origin_of(moved, settings), overwrite=False)


def test_a_file_of_unknown_origin_is_not_replaced(folder: Path) -> None:
    job = Job(folder / "a.png", folder / "photo[1].png")
    origin = origin_of(job.source, made_with(folder / "notes.txt", **SETTINGS))
    with pytest.raises(ClassSRError, match="does not tell that upscale made it; --overwrite rep"):
        due_of(job, origin, overwrite=False)
    assert due_of(job, origin, overwrite=True).result
