"""Pages of a TIFF and frames of an animation are read and written one by one."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

import odd_files
from classsr.errors import ClassSRError
from classsr.images.formats import check_writable
from classsr.images.picture import Picture
from classsr.images.picture_reader import read_picture, read_pictures
from classsr.images.picture_writer import write_pictures

FRAMES = [np.full((24, 32, 3), colour, np.uint8) for colour in ((9, 8, 7), (200, 8, 7), (9, 99, 7))]
DURATIONS = [100, 250, 40]


def animation(path: Path, *, loop: int | None = 0, **options: object) -> Path:
    images = [Image.fromarray(frame) for frame in FRAMES]
    looped = {} if loop is None else {"loop": loop}
    images[0].save(
        path,
        save_all=True,
        append_images=images[1:],
        duration=DURATIONS,
        **looped,
        **options,  # type: ignore[arg-type]
    )
    return path


def animations(folder: Path, *, loop: int | None = 0) -> list[Path]:
    return [
        animation(folder / "a.png", loop=loop),
        animation(folder / "a.gif", loop=loop),
        animation(folder / "a.webp", loop=loop, lossless=True),
    ]


def test_all_frames_of_an_animation(tmp_path: Path) -> None:
    for path in animations(tmp_path):
        pictures = read_pictures(path, frames="all")
        assert (pictures.count, pictures.plays) == (3, 0)
        frames = list(pictures)
        assert [frame.milliseconds for frame in frames] == DURATIONS
        for frame, expected in zip(frames, FRAMES, strict=True):
            np.testing.assert_array_equal(frame.pixels[..., :3], expected)
        for target in ("b.png", "b.gif", "b.webp"):
            write_pictures(tmp_path / target, pictures, plays=pictures.plays)
            again = read_pictures(tmp_path / target, frames="all")
            assert (again.count, again.plays) == (3, 0)
            assert [frame.milliseconds for frame in again] == DURATIONS
            for frame, expected in zip(again, FRAMES, strict=True):
                assert np.abs(frame.pixels[..., :3].astype(int) - expected).max() <= 4
    with Image.open(tmp_path / "b.png") as image:
        assert image.n_frames == 3


def test_how_often_it_is_played_stays(tmp_path: Path) -> None:
    for loop, plays in ((0, 0), (2, 2), (1, 1)):
        for path in (
            animation(tmp_path / "a.png", loop=loop),
            animation(tmp_path / "a.webp", loop=loop),
        ):
            assert read_pictures(path, frames="all").plays == plays
    for loop, plays in ((0, 0), (2, 3), (None, 1)):
        source = read_pictures(animation(tmp_path / "a.gif", loop=loop), frames="all")
        assert source.plays == plays
        for name in ("b.gif", "b.png", "b.webp"):
            write_pictures(tmp_path / name, source, plays=source.plays)
            assert read_pictures(tmp_path / name, frames="all").plays == plays


def test_of_an_animation_the_first_frame_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for path in animations(tmp_path):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            picture = read_picture(path)
        assert f"{path}: an animation of 3 frames; the first is taken" in caplog.text
        np.testing.assert_array_equal(picture.pixels[..., :3], FRAMES[0])
        assert picture.milliseconds is None
        pictures = read_pictures(path)
        assert (pictures.count, pictures.plays) == (1, None)


def test_a_picture_in_front_of_an_apng_is_none_of_its_frames(tmp_path: Path) -> None:
    animation(tmp_path / "a.png", default_image=True)
    frames = list(read_pictures(tmp_path / "a.png", frames="all"))
    assert len(frames) == 2
    np.testing.assert_array_equal(frames[0].pixels[..., :3], FRAMES[1])
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, FRAMES[0])


def test_transparent_frames_are_seen_as_a_viewer_shows_them(tmp_path: Path) -> None:
    frames = []
    for x in (4, 12):
        frame = np.zeros((24, 32, 4), np.uint8)
        frame[8:16, x : x + 8] = (255, 0, 0, 255)
        frame[0, x] = (255, 0, 0, 255)  # libwebp takes a full rectangle alone for an opaque frame
        frames.append(Picture(frame, milliseconds=50))
    for name in ("a.png", "a.webp", "a.gif"):
        write_pictures(tmp_path / name, frames, plays=0)
        again = list(read_pictures(tmp_path / name, frames="all"))
        for frame, expected in zip(again, frames, strict=True):
            np.testing.assert_array_equal(frame.pixels[..., 3], expected.pixels[..., 3])


def test_pages_of_a_tiff(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pages = [odd_files.smooth(), odd_files.deep(odd_files.smooth(8, 9, channels=1))]
    pages.append(odd_files.smooth(9, 8, channels=4))
    path = tmp_path / "a.tif"
    write_pictures(path, (Picture(page, icc=odd_files.PROFILE) for page in pages))
    with tifffile.TiffFile(path) as file:
        for page, expected in zip(file.pages, pages, strict=True):
            np.testing.assert_array_equal(page.asarray(), expected)
    pictures = read_pictures(path)
    assert (pictures.count, pictures.plays) == (3, None)
    for picture, expected in zip(pictures, pages, strict=True):
        np.testing.assert_array_equal(picture.pixels, expected)
        assert picture.icc == odd_files.PROFILE
    with caplog.at_level(logging.WARNING):
        np.testing.assert_array_equal(read_picture(path).pixels, pages[0])
    assert f"{path}: holds 3 pages; the first is taken" in caplog.text


def test_previews_are_no_pages(tmp_path: Path) -> None:
    image = odd_files.smooth()
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for kind in (1, 0, 1):
            file.write(image if kind != 1 else image[::4, ::4], photometric="rgb", subfiletype=kind)
    pictures = list(read_pictures(tmp_path / "a.tif"))
    assert len(pictures) == 1
    np.testing.assert_array_equal(pictures[0].pixels, image)


def test_pictures_are_read_one_by_one(tmp_path: Path) -> None:
    """A damaged last page costs neither the first ones nor their reading."""
    path = tmp_path / "a.tif"
    write_pictures(path, [Picture(odd_files.smooth())] * 3)
    with tifffile.TiffFile(path) as file:
        begin = file.pages[2].dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[begin : begin + 40] = b"\xff" * 40
    path.write_bytes(content)
    pictures = iter(read_pictures(path))
    assert [picture.pixels.shape for picture in itertools.islice(pictures, 2)] == [(40, 56, 3)] * 2
    with pytest.raises(ClassSRError, match=r"a\.tif: not an image, or a damaged one"):
        next(pictures)


def test_pictures_are_taken_one_by_one(tmp_path: Path) -> None:
    """Before the next page is computed, the last one is written and can be forgotten."""
    events: list[str] = []

    def computed() -> Iterator[Picture]:
        for number in range(3):
            events.append(f"page {number}")
            yield Picture(np.full((4, 5), number, np.uint8))

    write_pictures(tmp_path / "a.tif", computed())
    assert events == ["page 0", "page 1", "page 2"]
    assert [int(picture.pixels[0, 0]) for picture in read_pictures(tmp_path / "a.tif")] == [0, 1, 2]


def test_formats_that_hold_a_single_picture_refuse_more(tmp_path: Path) -> None:
    page, frame = Picture(FRAMES[0]), Picture(FRAMES[0], milliseconds=10)
    check_writable(tmp_path / "a.tif", page, count=3)
    check_writable(tmp_path / "a.webp", frame, count=3)
    with pytest.raises(ClassSRError, match=r"a\.jpg: JPEG cannot hold 3 pages; choose --ext tif"):
        check_writable(tmp_path / "a.jpg", page, count=3)
    with pytest.raises(ClassSRError, match=r"a\.tif: TIFF cannot hold 3 frames; choose --ext png"):
        check_writable(tmp_path / "a.tif", frame, count=3)


def test_frames_can_be_enlarged(tmp_path: Path) -> None:
    source = read_pictures(animation(tmp_path / "a.webp", lossless=True), frames="all")
    larger = (replace(frame, pixels=frame.pixels.repeat(2, 0).repeat(2, 1)) for frame in source)
    write_pictures(tmp_path / "b.webp", larger, plays=source.plays)
    again = read_pictures(tmp_path / "b.webp", frames="all")
    assert [frame.pixels.shape[:2] for frame in again] == [(48, 64)] * 3
