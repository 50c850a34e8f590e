"""EXIF data keep their types, bad entries are dropped, and formats get what they can hold."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

import handmade
import odd_files
from classsr.images.exif import (
    ASCII,
    BYTE,
    LONG,
    PREFIX,
    SHORT,
    UNDEFINED,
    Directory,
    Entry,
    Exif,
    exif_block,
    little_endian,
    read_exif,
)
from classsr.images.picture import Picture
from classsr.images.picture_reader import read_picture, read_pictures
from classsr.images.picture_writer import write_picture, write_pictures
from classsr.images.rgb import read_image

RATIONAL = 5
PHOTO: Directory = {
    Base.DateTimeOriginal: Entry(ASCII, 20, b"2024:05:06 07:08:09\0"),
    Base.UserComment: Entry(UNDEFINED, 13, b"ASCII\0\0\0words"),
    Base.MakerNote: Entry(UNDEFINED, 300, bytes(range(150)) * 2),
    Base.ExposureTime: Entry(RATIONAL, 1, struct.pack(">II", 1, 250)),
    Base.ISOSpeedRatings: Entry(SHORT, 1, struct.pack(">H", 200)),
}
MAIN: Directory = {Base.Make: Entry(ASCII, 4, b"Cam\0")}
PLACE: Directory = {
    GPS.GPSLatitudeRef: Entry(ASCII, 2, b"N\0"),
    GPS.GPSLatitude: Entry(RATIONAL, 3, struct.pack(">6I", 52, 1, 31, 1, 12, 1)),
}
FULL = Exif(">", 1, MAIN, PHOTO, PLACE)


def saved(path: Path, exif: Exif) -> Path:
    block = exif_block(exif)
    assert block is not None
    Image.fromarray(odd_files.smooth()).save(path, exif=block)
    return path


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "avif"])
@pytest.mark.parametrize("depth", [8, 16])
def test_types_and_contents_stay(tmp_path: Path, extension: str, depth: int) -> None:
    picture = read_picture(saved(tmp_path / "source.jpg", FULL))
    if depth == 16:
        picture = Picture(odd_files.deep(picture.pixels), exif=picture.exif)
    path = tmp_path / f"result.{extension}"
    write_picture(path, picture)
    with Image.open(path) as image:
        block = image.info["exif"]
    again = read_exif(block)
    assert again == FULL


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_keeps_all_of_it(tmp_path: Path, order: str) -> None:
    full = FULL if order == ">" else little_endian(FULL)
    pictures = [
        Picture(odd_files.smooth(), exif=exif_block(full)),
        Picture(odd_files.smooth(8, 9)),
        Picture(odd_files.smooth(8, 9), exif=exif_block(full._replace(gps={}))),
    ]
    write_pictures(tmp_path / "a.tif", pictures)
    first, second, third = (picture.exif for picture in read_pictures(tmp_path / "a.tif"))
    assert read_exif(first or b"") == little_endian(FULL)
    assert second is None
    assert read_exif(third or b"") == little_endian(FULL)._replace(gps={})
    with Image.open(tmp_path / "a.tif") as image:
        exif = image.getexif()
        assert exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] == "2024:05:06 07:08:09"
        assert exif.get_ifd(IFD.GPSInfo) == {1: "N", 2: (52, 31, 12)}
        assert exif.get_ifd(IFD.Exif)[Base.ExposureTime] == 1 / 250


def test_another_program_reads_the_types(tmp_path: Path) -> None:
    picture = read_picture(saved(tmp_path / "source.jpg", FULL))
    write_picture(tmp_path / "result.jpg", picture)
    with Image.open(tmp_path / "result.jpg") as image:
        exif = image.getexif()
        photo = exif.get_ifd(IFD.Exif)
        assert exif.get_ifd(IFD.GPSInfo) == {1: "N", 2: (52, 31, 12)}
    assert exif[Base.Make] == "Cam"
    assert photo[Base.DateTimeOriginal] == "2024:05:06 07:08:09"
    assert photo[Base.UserComment] == b"ASCII\0\0\0words"
    assert photo[Base.MakerNote] == PHOTO[Base.MakerNote].content
    assert photo[Base.ExposureTime] == 1 / 250
    directory = ImageFileDirectory_v2(block_head(picture.exif))
    with (tmp_path / "block").open("w+b") as file:
        file.write((picture.exif or b"").removeprefix(PREFIX))
        file.seek(exif_pointer(directory, file))
        directory.load(file)
    assert directory.tagtype[Base.DateTimeOriginal] == ASCII
    assert directory.tagtype[Base.UserComment] == UNDEFINED


def block_head(block: bytes | None) -> bytes:
    return (block or b"").removeprefix(PREFIX)[:8]


def exif_pointer(directory: ImageFileDirectory_v2, file: object) -> int:
    file.seek(directory.next)  # type: ignore[attr-defined]
    directory.load(file)
    return int(directory[IFD.Exif])


@pytest.mark.parametrize(
    ("place", "tag", "entry"),
    [
        ("gps", GPS.GPSAltitude, Entry(ASCII, 4, b"12m\0")),
        ("gps", GPS.GPSLatitudeRef, Entry(SHORT, 1, b"\0\1")),
        ("main", Base.Software, Entry(RATIONAL, 1, struct.pack(">II", 1, 0))),
        ("main", Base.Artist, Entry(LONG, 1, bytes(4))),
        ("photo", Base.DateTimeOriginal, Entry(SHORT, 10, bytes(20))),
        ("photo", Base.ExposureTime, Entry(ASCII, 6, b"1/250\0")),
    ],
)
def test_an_entry_of_another_type_is_dropped(
    tmp_path: Path, place: str, tag: int, entry: Entry
) -> None:
    entries = {"main": MAIN, "photo": PHOTO, "gps": PLACE}
    wrong = FULL._replace(**{place: {**entries[place], tag: entry}})  # type: ignore[arg-type]
    path = saved(tmp_path / "a.jpg", wrong)
    without = {key: value for key, value in entries[place].items() if key != tag}
    picture = read_picture(path)
    kept = read_exif(picture.exif or b"")
    assert kept == FULL._replace(**{place: without})  # type: ignore[arg-type]
    np.testing.assert_array_equal(read_image(path), picture.pixels)


def broken(change: Callable[[bytearray], object]) -> bytes:
    block = bytearray(exif_block(FULL) or b"")
    change(block)
    return bytes(block)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0II*\0",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(6),
        PREFIX + b"MM\0*" + b"\xff" * 20,
        broken(lambda block: block.__setitem__(slice(6, 8), b"XX")),
        broken(lambda block: block.__setitem__(slice(10, 14), b"\xff\xff\xff\xff")),
        broken(lambda block: block.__delitem__(slice(40, None))),
    ],
)
def test_a_broken_block_costs_no_picture(tmp_path: Path, block: bytes) -> None:
    before = handmade.chunk(b"eXIf", block.removeprefix(PREFIX))
    path = tmp_path / "a.png"
    path.write_bytes(handmade.png([b"\1\2"], width=2, depth=8, colour_type=0, before=before))
    np.testing.assert_array_equal(read_picture(path).pixels, [[1, 2]])


def test_every_byte_of_a_block_may_be_wrong(tmp_path: Path) -> None:
    block = exif_block(FULL) or b""
    rng = np.random.default_rng(0)
    for position in range(6, len(block), 3):
        changed = bytearray(block)
        changed[position] = rng.integers(256)
        exif = read_exif(bytes(changed))
        assert exif is None or read_exif(exif_block(exif) or b"") in (
            exif._replace(orientation=1),
            None,
        )


@pytest.mark.parametrize("extension", ["jpg", "webp", "avif", "png"])
def test_mutated_blocks_cost_no_picture(tmp_path: Path, extension: str) -> None:
    rng = np.random.default_rng(0)
    image = Image.fromarray(odd_files.smooth(8, 8))
    block = np.frombuffer(exif_block(FULL) or b"", np.uint8)
    read = 0
    for _ in range(25):
        changed = block.copy()
        places = rng.integers(6, 160, 4)
        changed[places] = rng.integers(0, 256, 4)
        try:
            image.save(tmp_path / f"a.{extension}", exif=changed.tobytes())
        except Exception:  # AVIF is written with a block that Pillow reads
            continue
        picture = read_picture(tmp_path / f"a.{extension}")
        for name in ("b.tif", "b.jpg"):
            write_picture(tmp_path / name, picture)
            assert {*read_picture(tmp_path / name).pixels.shape} == {8, 3}
        read += 1
    assert read > 5


def test_the_orientation_counts_where_it_is_one_number(tmp_path: Path) -> None:
    rgb = odd_files.smooth()
    for kind, content, turned in (
        (SHORT, b"\0\6", True),
        (LONG, b"\0\0\0\6", True),
        (BYTE, b"\6", True),
        (ASCII, b"6\0", False),
        (SHORT, b"\0\x09", False),
    ):
        entry = {0x0112: Entry(kind, 1 if kind != ASCII else 2, content)}
        exif = exif_block(Exif(">", 1, entry, {}, {}))
        Image.fromarray(rgb).save(tmp_path / "a.png", exif=exif)
        expected = np.rot90(rgb, -1) if turned else rgb
        np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, expected)
        np.testing.assert_array_equal(read_image(tmp_path / "a.png"), expected)


def test_jpeg_gets_as_much_exif_as_it_holds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    note = Entry(UNDEFINED, 70_000, bytes(70_000))
    exif = exif_block(FULL._replace(photo={**PHOTO, Base.MakerNote: note}))
    picture = Picture(odd_files.smooth(), exif=exif)
    with caplog.at_level(logging.WARNING):
        write_picture(tmp_path / "a.jpg", picture)
    assert "JPEG does not keep the longest EXIF entries, of which it holds 65533" in caplog.text
    kept = read_exif(read_picture(tmp_path / "a.jpg").exif or b"")
    photo = {tag: entry for tag, entry in PHOTO.items() if tag != Base.MakerNote}
    assert kept == FULL._replace(photo=photo)
    write_picture(tmp_path / "a.png", picture)
    assert read_picture(tmp_path / "a.png").exif == exif


def test_tiff_pages_with_tags_of_wrong_types(tmp_path: Path) -> None:
    grey = np.array([[[1], [2]]], np.uint8)
    for tag in (34665, 34853, 34675, 274, 700, 33723, 270):
        for values in ([2**31], [5], [1, 2, 3, 4, 5]):
            content = handmade.tiff(grey, photometric=1, more={tag: (LONG, values)})
            (tmp_path / "a.tif").write_bytes(content)
            pixels = read_picture(tmp_path / "a.tif").pixels
            assert sorted(pixels.ravel()) == [1, 2]
