"""The upscale command as a user runs it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import odd_files
from classsr.cli import upscale
from classsr.errors import ClassSRError
from classsr.images.formats import EXTENSIONS
from classsr.images.origin import read_origin
from classsr.images.picture_reader import Pictures, read_picture, read_pictures
from classsr.inference.pictures import attempt

ROOT = Path(__file__).parents[2]
Upscale = Callable[..., Path]


@pytest.fixture
def run_on(
    folder: Path, tmp_path: Path, bilinear_model: Path, command: Callable[..., None]
) -> Upscale:
    """Upscale the folder with these flags besides; returns the folder of results."""

    def run(*flags: str | Path) -> Path:
        results = tmp_path / "results"
        command(
            "upscale",
            "-i",
            folder,
            "-o",
            results,
            "-n",
            bilinear_model,
            "--backend",
            "paddle",
            *flags,
        )
        return results

    return run


def test_odd_files(
    folder: Path, tmp_path: Path, run_on: Upscale, capfd: pytest.CaptureFixture[str]
) -> None:
    good, bad = odd_files.write_good(folder), odd_files.write_bad(folder)
    (folder / "notes.txt").write_text("no picture, and not asked for")
    report = tmp_path / "report.json"
    with pytest.raises(ClassSRError, match=rf"{len(bad)} of {len(good) + len(bad)} pictures"):
        run_on("--report", report)
    results = tmp_path / "results"
    for name, lr in good.items():
        odd_files.assert_interpolated(results / name, lr)
    assert {path.name for path in results.iterdir()} == set(good)

    lines = capfd.readouterr().err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert len(errors) == len(bad)
    for name, message in bad.items():
        assert any(f"{folder / name}: " in line and message in line for line in errors)

    content = json.loads(report.read_text())
    assert {Path(entry["source"]).name for entry in content["pictures"]} == set(good)
    assert {Path(entry["source"]).name for entry in content["failed"]} == set(bad)
    assert sum(content["total"]["tiles"]) == sum(
        sum(entry["tiles"]) for entry in content["pictures"]
    )


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_finished_files_are_skipped_while_picture_and_settings_stay(
    folder: Path, tmp_path: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    report = tmp_path / "report.json"
    result = run_on() / "a.png"
    written = result.stat().st_mtime_ns
    run_on("--report", report)
    assert result.stat().st_mtime_ns == written
    assert "1 finished before" in capsys.readouterr().out
    content = json.loads(report.read_text())
    assert (content["pictures"], content["total"]) == ([], None)
    assert content["skipped"] == [{"source": str(folder / "a.png"), "target": str(result)}]

    run_on("--scale", "2")
    assert size_of(result) == (2 * odd_files.WIDTH, 2 * odd_files.HEIGHT)
    assert "1 to do again, made from other files or settings" in capsys.readouterr().out
    Image.fromarray(odd_files.smooth(30, 20)).save(folder / "a.png")
    run_on("--scale", "2")
    assert size_of(result) == (40, 60)
    written = result.stat().st_mtime_ns
    run_on("--scale", "2", "--overwrite")
    assert result.stat().st_mtime_ns != written


def test_a_class_map_that_is_asked_for_later_is_made_alone(folder: Path, run_on: Upscale) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    written = (run_on() / "a.png").stat().st_mtime_ns
    results = run_on("--class-map")
    assert (results / "a.png").stat().st_mtime_ns == written
    assert size_of(results / "a_classes.png") == (odd_files.WIDTH, odd_files.HEIGHT)
    made = (results / "a_classes.png").stat().st_mtime_ns
    run_on("--class-map")
    assert (results / "a_classes.png").stat().st_mtime_ns == made


def test_every_format_tells_its_origin_and_is_read_as_before(folder: Path, run_on: Upscale) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    for extension in EXTENSIONS:
        result = run_on("--ext", extension[1:]) / f"a{extension}"
        assert read_origin(result) is not None, extension
        assert size_of(result) == (4 * odd_files.WIDTH, 4 * odd_files.HEIGHT)
        assert read_picture(result).pixels.shape[:2] == (4 * odd_files.HEIGHT, 4 * odd_files.WIDTH)


def test_a_users_file_is_not_replaced(
    folder: Path, tmp_path: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.png", "b.png"):
        Image.fromarray(odd_files.smooth()).save(folder / name)
    mine = tmp_path / "results" / "a.png"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(ClassSRError, match="1 of 2 pictures"):
        run_on()
    assert mine.read_text() == "mine"
    assert size_of(mine.with_name("b.png"))[0] == 4 * odd_files.WIDTH
    assert "does not tell that upscale made it" in capsys.readouterr().err


def test_a_users_picture_named_like_a_class_map_stays(
    folder: Path, bilinear_model: Path, command: Callable[..., None]
) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    mine = folder / "a_x4_classes.png"
    Image.fromarray(odd_files.smooth(9, 9)).save(mine)
    content = mine.read_bytes()
    flags = ("-i", folder, "-o", folder, "-n", bilinear_model, "--backend", "paddle")
    for _ in range(2):
        with pytest.raises(ClassSRError, match="1 of 2 pictures"):
            command("upscale", *flags, "--suffix", "x4", "--class-map")
    assert mine.read_bytes() == content
    names = {path.name for path in folder.iterdir()}
    made = {"a_x4_classes_x4.png", "a_x4_classes_x4_classes.png"}
    assert names == {"a.png", "a_x4_classes.png", *made}


def test_reports_replace_nothing_of_the_run(
    folder: Path, tmp_path: Path, bilinear_model: Path, run_on: Upscale
) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    for report in (folder / "a.png", tmp_path / "results" / "a.png", bilinear_model):
        with pytest.raises(ClassSRError, match="is a file of this run; choose another name"):
            run_on("--report", report)
    with pytest.raises(ClassSRError, match=r"there is no folder .*missing; make it first"):
        run_on("--report", tmp_path / "missing" / "report.json")
    with pytest.raises(ClassSRError, match="is a folder; name a file in it"):
        run_on("--report", tmp_path)
    assert not (tmp_path / "results").exists()


def test_no_file_stops_or_hangs_a_folder(
    folder: Path, tmp_path: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pipes, devices, links to themselves, names that are no text; the report names them all."""
    Image.fromarray(odd_files.smooth()).save(folder / "z.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "zero.png").symlink_to("/dev/zero")
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "line\n\x1b[2J.png").write_text("no picture")
    latin = os.fsdecode(b"caf\xe9.png")
    Image.fromarray(odd_files.smooth()).save(folder / latin)
    report = tmp_path / "report.json"
    with pytest.raises(ClassSRError, match="4 of 6 pictures"):
        run_on("--report", report)
    assert {path.name for path in (tmp_path / "results").iterdir()} == {"z.png", latin}
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert len(err.splitlines()) == 4
    assert r"line\n\x1b[2J.png: " in err and r"caf\udce9.png: tiles" in out
    content = json.loads(report.read_text())
    assert {entry["source"] for entry in content["pictures"]} == {
        str(folder / "z.png"),
        str(folder / latin),
    }


@pytest.mark.parametrize("error", [MemoryError(), ValueError("odd"), RecursionError("deep")])
def test_whatever_arises_is_that_files_line(
    folder: Path,
    run_on: Upscale,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    for name in ("a.png", "b.png"):
        Image.fromarray(odd_files.smooth()).save(folder / name)

    def read(path: Path, *, frames: str) -> Pictures:
        if path.name == "a.png":
            raise error
        return read_pictures(path, frames=frames)

    monkeypatch.setattr(attempt, "read_pictures", read)
    with pytest.raises(ClassSRError, match="1 of 2 pictures"):
        run_on()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {folder / 'a.png'}: ")


def test_a_picture_beyond_the_memory_is_refused_before_it_starts(
    folder: Path,
    run_on: Upscale,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Image.fromarray(odd_files.smooth(8, 8)).save(folder / "small.png")
    Image.fromarray(odd_files.smooth(600, 600)).save(folder / "large.png")
    monkeypatch.setattr(attempt, "available_memory", lambda: 300e6)
    with pytest.raises(ClassSRError, match="1 of 2 pictures"):
        run_on()
    assert r"large.png: its result takes 0.3 GB of memory and 0.3 GB are free" in (
        capsys.readouterr().err
    )


def test_the_tree_is_kept_and_what_is_left_out_is_told(
    folder: Path, tmp_path: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "deeper").mkdir()
    for place in ("a.png", "deeper/a.png"):
        Image.fromarray(odd_files.smooth()).save(folder / place)
    (folder / "film.mp4").touch()
    results = run_on()
    assert "left out: 1 .mp4, 1 folder (-r goes into them)" in capsys.readouterr().out
    run_on("--recursive")
    assert size_of(results / "deeper" / "a.png")[0] == 4 * odd_files.WIDTH
    assert "left out: 1 .mp4\n" in capsys.readouterr().out


def test_pages_and_frames(
    folder: Path, tmp_path: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = (Image.fromarray(odd_files.smooth(20 + n, 30)) for n in range(3))
    first.save(folder / "pages.tif", save_all=True, append_images=others)
    frames = [Image.fromarray(odd_files.smooth(20, 30) // (n + 1)) for n in range(2)]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:], duration=40)
    results = run_on()
    for result, shown in ((results / "pages.tif", 3), (results / "moving.webp", 1)):
        with Image.open(result) as image:
            assert getattr(image, "n_frames", 1) == shown
    assert "moving.webp: an animation of 2 frames; the first is taken" in capsys.readouterr().out
    run_on("--frames", "all", "--report", tmp_path / "report.json")
    with Image.open(results / "moving.webp") as image:
        assert image.n_frames == 2
    content = json.loads((tmp_path / "report.json").read_text())
    assert {len(content["pictures"]), len(content["skipped"])} == {2, 0}


def test_a_dry_run_writes_nothing(
    folder: Path, tmp_path: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    results = run_on("--dry-run", "--class-map", "--report", tmp_path / "report.json")
    told = f"{folder / 'a.png'} -> {results / 'a_classes.png'}, {results / 'a.png'}\n"
    assert capsys.readouterr().out == told
    assert not results.exists() and not (tmp_path / "report.json").exists()


def test_quality_quiet_and_json(
    folder: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "a.jpg")
    (folder / "b.jpg").touch()
    sizes = []
    for quality in ("30", "90"):
        with pytest.raises(ClassSRError):
            run_on("--quality", quality, "--quiet")
        sizes.append((folder.parent / "results" / "a.jpg").stat().st_size)
    assert 2 * sizes[0] < sizes[1]
    out, err = capsys.readouterr()
    assert out == "" and err.count("b.jpg: ") == 2
    with pytest.raises(ClassSRError):
        run_on("--log-json", "--verbose")
    out, err = capsys.readouterr()
    levels = [json.loads(line)["level"] for line in (out + err).splitlines()]
    assert {"info", "error"} <= set(levels) <= {"debug", "info", "error"}
    assert logging.getLogger("classsr").level == logging.DEBUG  # what comes of it is up to seconds


def test_outputs_that_are_no_place(folder: Path, bilinear_model: Path, command: Upscale) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    for output, message in (("-", "the standard output is not"), ("x.heic", "not written; name ")):
        with pytest.raises(ClassSRError, match=message):
            command("upscale", "-i", folder, "-o", output, "-n", bilinear_model)


def test_several_processes_and_ranks_share_a_folder(
    folder: Path,
    tmp_path: Path,
    run_on: Upscale,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = {f"{number}.png" for number in range(3)}
    for name in names:
        Image.fromarray(odd_files.smooth()).save(folder / name)
    (folder / "bad.png").touch()
    report = tmp_path / "report.json"
    with pytest.raises(ClassSRError, match="1 of 4 pictures"):
        run_on("--processes", "2", "--report", report)
    results = tmp_path / "results"
    assert {path.name for path in results.iterdir()} == names
    assert len(json.loads(report.read_text())["pictures"]) == 3
    assert capsys.readouterr().err.count("error: ") == 1

    (folder / "bad.png").unlink()
    shutil.rmtree(results)
    monkeypatch.setattr(upscale, "world", lambda: 2)
    for rank, number in ((0, 2), (1, 1)):
        monkeypatch.setattr(upscale, "rank", lambda rank=rank: rank)
        run_on("--report", report)
        own = json.loads(report.with_suffix(f".{rank}.json").read_text())
        assert len(own["pictures"]) == number
    assert {path.name for path in results.iterdir()} == names


def test_results_in_the_folder_of_the_pictures(
    folder: Path, bilinear_model: Path, command: Callable[..., None]
) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.jpg")
    flags = (
        "-i",
        folder,
        "-o",
        folder,
        "-n",
        bilinear_model,
        "--backend",
        "paddle",
        "--suffix",
        "x4",
        "--ext",
        "png",
    )
    command("upscale", *flags)
    command("upscale", *flags, "--overwrite")
    assert sorted(path.name for path in folder.iterdir()) == ["a.jpg", "a_x4.png"]


def test_another_scale_and_a_budget(folder: Path, tmp_path: Path, run_on: Upscale) -> None:
    image = odd_files.smooth(70, 90)
    Image.fromarray(image).save(folder / "a.png")
    report = tmp_path / "report.json"
    results = run_on("--scale", "1.5", "--budget", "60%", "--report", report)
    assert Image.open(results / "a.png").size == (135, 105)
    assert json.loads(report.read_text())["total"]["flops_paper_share"] <= 0.6
    with pytest.raises(ClassSRError, match=r"budget 1%: .* give at least"):
        run_on("--budget", "1%", "--overwrite")


def test_a_picture_that_the_format_cannot_hold(
    folder: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(odd_files.smooth(channels=4)).save(folder / "alpha.png")
    Image.fromarray(odd_files.smooth(2, 5000)).save(folder / "wide.png")
    for extension, message in (("jpg", "cannot hold the transparency"), ("webp", "ends at 16383")):
        with pytest.raises(ClassSRError, match="1 of 2 pictures"):
            run_on("--ext", extension)
        assert message in capsys.readouterr().err


def test_errors_are_one_line_and_a_failing_exit(folder: Path, tmp_path: Path) -> None:
    (folder / "text.png").write_text("not a picture")
    done = subprocess.run(
        [sys.executable, "-m", "classsr", "upscale", "-i", folder, "-o", tmp_path, "-n", "None"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: model None: is neither a checkpoint")
    assert done.stderr.count("\n") == 1


def test_a_wrong_scale_or_tile_is_refused_before_anything_is_told(
    folder: Path, run_on: Upscale, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(odd_files.smooth()).save(folder / "a.png")
    run_on()
    capsys.readouterr()
    for flag, message in (("--scale", "scale 0.0: expected more than 0"), ("--tile", "tile 0: ")):
        with pytest.raises(ClassSRError, match=message):
            run_on(flag, "0")
    assert capsys.readouterr() == ("", "")
