"""The chain from photographs to a classed set: results, repetition, and input that is refused."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from classsr.data.manifest import load_complete
from classsr.data.packed import PackedSet
from classsr.data.paired_folder import PairFolder
from classsr.data.prepare.crops import crops_for_training
from classsr.data.prepare.cut import cut_set
from classsr.data.prepare.pipeline import prepare, score_by_log
from classsr.data.prepare.sources import photographs, ready_pairs
from classsr.data.prepare.split import split
from classsr.data.prepare.whole import make_pairs, make_scales
from classsr.errors import ClassSRError
from classsr.images.rgb import write_image
from photographs import contents, random_image, write_photographs

SCRIPTS = Path(__file__).parents[2] / "data_scripts"
FACTORS = (1.0, 0.8)


@pytest.fixture
def hr(tmp_path: Path) -> Path:
    write_photographs(tmp_path / "hr")
    return tmp_path / "hr"


def prepare_set(hr: Path, out: Path, **changes: Any) -> str:
    options: dict[str, Any] = {
        "layout": "packed",
        "crops": crops_for_training(4),
    } | changes
    return prepare(photographs(hr, factors=FACTORS), out=out, **options)


def test_both_layouts_hold_the_same_pairs_in_the_same_classes(hr: Path, tmp_path: Path) -> None:
    report = prepare_set(hr, tmp_path / "packed")
    prepare_set(hr, tmp_path / "folders", layout="folders")
    packed = PackedSet(tmp_path / "packed")
    folders = PairFolder(gt=tmp_path / "folders" / "GT", lq=tmp_path / "folders" / "LR", scale=4)
    assert len(packed) == len(folders) == 3 * (4 + 4)
    assert "24 sub-images from 3 files, scored by bicubic" in report

    def pairs(dataset: PackedSet | PairFolder) -> set[bytes]:
        return {dataset[i][0].tobytes() + dataset[i][1].tobytes() for i in range(len(dataset))}

    for label in range(3):
        of_class = packed.subset(classes=[label])
        assert len(of_class) == 8
        assert pairs(of_class) == pairs(folders.subset(classes=[label]))
    lr, hr_crop = packed[0]
    assert (lr.shape, hr_crop.shape) == ((32, 32, 3), (128, 128, 3))


def test_simple_sub_images_score_higher_than_hard_ones(hr: Path, tmp_path: Path) -> None:
    prepare_set(hr, tmp_path / "set")
    index = np.load(tmp_path / "set" / "classes" / "index.npy")
    by_class = [index["score"][index["label"] == label] for label in range(3)]
    assert by_class[0].min() >= by_class[1].max() >= by_class[1].min() >= by_class[2].max()


def test_single_steps_make_what_the_chain_makes(hr: Path, tmp_path: Path) -> None:
    prepare_set(hr, tmp_path / "chain")
    make_scales(photographs(hr, factors=FACTORS), out=tmp_path / "scales")
    make_pairs(photographs(tmp_path / "scales"), out=tmp_path / "pairs")
    source = ready_pairs(gt=tmp_path / "pairs" / "GT", lq=tmp_path / "pairs" / "LR_x4", scale=4)
    cut_set(source, out=tmp_path / "cut", layout="packed", crops=crops_for_training(4))
    for part in ("hr", "lr"):
        assert contents(tmp_path / "cut" / part) == contents(tmp_path / "chain" / part)


def test_photographs_become_pairs_of_a_given_long_side(tmp_path: Path) -> None:
    write_image(tmp_path / "hr" / "large.png", random_image(150, 300))
    write_image(tmp_path / "hr" / "small.png", random_image(150, 190))
    subprocess.run(
        [
            *(sys.executable, SCRIPTS / "make_pairs.py", "--hr", tmp_path / "hr"),
            *("--long-side", "200", "--out", tmp_path / "pairs"),
        ],
        check=True,
        capture_output=True,
    )
    pairs = PairFolder(gt=tmp_path / "pairs" / "GT", lq=tmp_path / "pairs" / "LR_x4", scale=4)
    assert [pairs[i][1].shape for i in range(2)] == [(100, 200, 3), (148, 188, 3)]
    assert [pairs[i][0].shape for i in range(2)] == [(25, 50, 3), (37, 47, 3)]


def test_a_complete_set_is_left_alone(hr: Path, tmp_path: Path) -> None:
    prepare_set(hr, tmp_path / "set")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "set").rglob("*.npy")}
    prepare_set(hr, tmp_path / "set")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "set").rglob("*.npy")}


def test_a_log_gives_the_scores(hr: Path, tmp_path: Path) -> None:
    cut_set(
        photographs(hr),
        out=tmp_path / "set",
        layout="packed",
        crops=crops_for_training(4),
    )
    log = tmp_path / "divide.log"
    lines = [
        f"INFO: {stem}_s{number:03d} - PSNR: {20 + number}.5 dB; SSIM: 1.0\n"
        for stem in ("0001", "0002", "0003")
        for number in range(1, 5)
    ]
    log.write_text("".join(lines))
    score_by_log(tmp_path / "set", log=log)
    counts = split(tmp_path / "set", thresholds=(22, 24)).counts
    assert [counts[name] for name in ("simple", "medium", "hard")] == [3, 6, 3]


@pytest.mark.parametrize(
    "flags",
    [("--processes", "2"), pytest.param(("--cluster", "auto"), marks=pytest.mark.slow)],
)
def test_processes_and_machines_make_the_same_bytes(
    flags: tuple[str, str],
    hr: Path,
    tmp_path: Path,
    command: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "--cluster" in flags:
        pytest.importorskip("ray")
    monkeypatch.chdir(tmp_path)  # relative paths hold for workers, too
    data = ("data", "folder", "--hr", "hr", "--factors", "1", "0.8")
    command(*data, "--processes", "1", "--out", "one")
    command(*data, *flags, "--out", "several")
    assert contents(tmp_path / "several") == contents(tmp_path / "one")
    (hr / "0002.png").write_text("a text file")
    with pytest.raises(ClassSRError, match=r"0002\.png: not an image"):
        command(*data, *flags, "--out", "bad")


@pytest.mark.slow
@pytest.mark.parametrize(("layout", "processes"), [("packed", 2), ("folders", 1)])
def test_killed_twice_it_ends_with_the_same_bytes(
    tmp_path: Path, layout: str, processes: int
) -> None:
    write_photographs(tmp_path / "hr", n=6)
    script = [sys.executable, str(SCRIPTS / "prepare_folder.py"), "--processes", str(processes)]
    script += ["--hr", str(tmp_path / "hr"), "--layout", layout, "--out"]
    subprocess.run([*script, str(tmp_path / "whole")], check=True, capture_output=True)
    killed = tmp_path / "killed"
    for wanted in ("**/.*.part", "scores/*.npy"):  # once while it writes, once while it scores
        process = subprocess.Popen([*script, str(killed)], stderr=subprocess.DEVNULL)
        while process.poll() is None and not any(killed.glob(wanted)):
            time.sleep(0.0005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run([*script, str(killed)], check=True, capture_output=True)
    assert contents(killed) == contents(tmp_path / "whole")


def test_other_options_or_images_do_not_mix(hr: Path, tmp_path: Path) -> None:
    prepare_set(hr, tmp_path / "set")
    with pytest.raises(ClassSRError, match=r"begun with options layout = packed, not folders; ch"):
        prepare_set(hr, tmp_path / "set", layout="folders")
    write_image(hr / "0002.png", random_image(200, 200))
    with pytest.raises(ClassSRError, match=r"begun with inputs HR/0002\.png = "):
        prepare_set(hr, tmp_path / "set")
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "thesis.tex").touch()
    with pytest.raises(ClassSRError, match="holds files but no manifest"):
        prepare_set(hr, tmp_path / "occupied")


def test_bad_photographs_are_named_before_anything_is_made(hr: Path, tmp_path: Path) -> None:
    bad = hr / "bad.png"
    bad.write_text("a text file")
    with pytest.raises(ClassSRError, match=r"bad\.png: not an image"):
        prepare_set(hr, tmp_path / "set")
    bad.write_bytes((hr / "0001.png").read_bytes()[:5000])
    with pytest.raises(ClassSRError, match=r"bad\.png: the image is truncated"):
        prepare_set(hr, tmp_path / "set")
    write_image(bad, random_image(100, 300))
    with pytest.raises(ClassSRError, match=r"bad\.png: expected at least 128x128.* found 300x100"):
        prepare_set(hr, tmp_path / "set")
    cv2.imwrite(str(bad), np.zeros((200, 200, 4), np.uint8))
    with pytest.raises(ClassSRError, match=r"bad\.png: has transparent pixels"):
        prepare_set(hr, tmp_path / "set")
    write_image(bad.with_name("0001.jpg"), random_image(200, 200))
    with pytest.raises(ClassSRError, match=r"0001\.png: has the same stem as 0001\.jpg"):
        prepare_set(hr, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_grey_and_16_bit_photographs_are_taken_and_said_so(
    hr: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_image(hr / "grey.png", random_image(200, 200)[:, :, 0])
    write_image(hr / "deep.png", random_image(200, 200).astype(np.uint16) * 257)
    with caplog.at_level(logging.WARNING):
        prepare_set(hr, tmp_path / "set")
    assert "deep.png: holds 16 bits per value; they are rounded to 8" in caplog.text
    assert "grey.png: is grey; it is taken as three equal channels" in caplog.text
    np.testing.assert_array_equal(np.load(tmp_path / "set/hr/deep.npy"), random_image(200, 200))


def test_missing_div2k_images_are_counted(hr: Path) -> None:
    with pytest.raises(
        ClassSRError, match=r"expected the images 0001 to 0009, 0004 is missing \(6"
    ):
        photographs(hr, names=[f"{number:04d}" for number in range(1, 10)])


def test_factors_must_differ_and_be_positive(hr: Path) -> None:
    for factors in ((1.0, 0.0), (1.0, 1.0)):
        with pytest.raises(ClassSRError, match="--factors: expected different sizes above 0"):
            photographs(hr, factors=factors)


def test_thresholds_must_ascend(hr: Path, tmp_path: Path) -> None:
    with pytest.raises(ClassSRError, match="--thresholds: expected two, ascending"):
        prepare_set(hr, tmp_path / "set", thresholds=(30, 20))


def test_an_unfinished_set_is_not_opened(hr: Path, tmp_path: Path) -> None:
    prepare_set(hr, tmp_path / "set")
    (tmp_path / "set" / "classes" / "manifest.json").unlink()
    with pytest.raises(ClassSRError, match="set/classes: holds no manifest"):
        PackedSet(tmp_path / "set")
    with pytest.raises(ClassSRError, match="holds no manifest"):
        PackedSet(hr)
    make_pairs(photographs(hr), out=tmp_path / "pairs")
    with pytest.raises(ClassSRError, match="pairs: is no packed set; give its folders as"):
        PackedSet(tmp_path / "pairs")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_line(hr: Path, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ClassSRError, match=r"cannot be written \(Permission denied\)"):
        prepare_set(hr, tmp_path / "closed" / "set")


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A file system of 256 kB, as (folder, function that makes it read-only)."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(
    hr: Path, small_disk: Path
) -> None:
    with pytest.raises(ClassSRError, match=r"\.npy: cannot be written \(No space left on device\)"):
        prepare_set(hr, small_disk / "set")
    assert not list(small_disk.rglob("*.part"))
    with pytest.raises(ClassSRError, match="set: is not complete; repeat the command"):
        load_complete(small_disk / "set")


def test_a_read_only_file_system_is_one_line(hr: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(ClassSRError, match=r"cannot be written \(Read-only file system\)"):
        prepare_set(hr, small_disk / "set")


def test_scripts_end_with_one_line(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(SCRIPTS / "prepare_folder.py"), "--hr", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert (
        ran.stderr == f"error: {tmp_path / 'none'}: no such folder; expected a folder of images\n"
    )
