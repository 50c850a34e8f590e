"""Whatever Pillow reads is a picture; what is none is named; only files are read."""

from __future__ import annotations

import logging
import os
import struct
import threading
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image, features

import odd_files
from classsr.errors import ClassSRError
from classsr.images.codecs import read_by_pillow_heif
from classsr.images.picture import Picture
from classsr.images.picture_reader import count_pixels, read_picture
from classsr.images.picture_writer import write_picture
from classsr.images.pillow_decoder import readable_formats
from classsr.images.rgb import read_image

LOSSLESS = ["jp2", "tga", "bmp", "ppm", "pcx", "sgi", "ico", "qoi", "dds"]


@pytest.mark.parametrize("extension", LOSSLESS)
def test_lossless_formats(tmp_path: Path, extension: str) -> None:
    rgb = odd_files.smooth(48, 48)
    path = tmp_path / f"a.{extension}"
    Image.fromarray(rgb).save(path, **({"sizes": [(48, 48)]} if extension == "ico" else {}))
    pixels = read_picture(path).pixels
    np.testing.assert_array_equal(pixels[..., :3], rgb)
    assert Image.registered_extensions()[f".{extension}"] in readable_formats()
    assert count_pixels(path) == 48 * 48
    np.testing.assert_array_equal(read_image(path), rgb)


def test_gif_and_avif(tmp_path: Path) -> None:
    rgb = odd_files.smooth()
    few = Image.fromarray(rgb).quantize(64)
    few.save(tmp_path / "a.gif")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.gif").pixels, few.convert("RGB"))
    if features.check("avif"):
        Image.fromarray(rgb).save(tmp_path / "a.avif", quality=100, subsampling="4:4:4")
        assert np.abs(read_picture(tmp_path / "a.avif").pixels - rgb.astype(int)).max() <= 3


@pytest.mark.parametrize("extension", ["jp2", "tga", "bmp", "ppm", "png", "tif", "avif", "gif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_written_and_read(tmp_path: Path, extension: str, channels: int) -> None:
    pixels = odd_files.smooth(channels=channels)
    path = tmp_path / f"a.{extension}"
    write_picture(path, Picture(pixels, icc=odd_files.PROFILE))
    again = read_picture(path).pixels
    if extension == "avif" and channels == 1:
        pixels = np.dstack([pixels] * 3)
    if extension == "gif":
        again = again if channels == 3 or again.ndim == 2 else again[..., 0]
    tolerance = {"avif": 3, "gif": 8}.get(extension, 0)
    assert np.abs(again.astype(int) - pixels).mean() <= tolerance


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_stay_where_pillow_would_drop_them(tmp_path: Path, channels: int) -> None:
    deep = odd_files.deep(odd_files.smooth(channels=channels))
    write_picture(tmp_path / "a.ppm", Picture(deep))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.ppm").pixels, deep)
    (tmp_path / "a.jp2").write_bytes(imagecodecs.jpeg2k_encode(deep, level=0))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.jp2").pixels, deep)
    ten = deep >> 6
    (tmp_path / "ten.jp2").write_bytes(imagecodecs.jpeg2k_encode(ten, level=0, bitspersample=10))
    expected = np.rint(ten * (65535 / 1023))
    np.testing.assert_array_equal(read_picture(tmp_path / "ten.jp2").pixels, expected)


def test_netpbm(tmp_path: Path) -> None:
    for content, meant in (
        (b"P5\n# a word\n3 1\n1023\n" + struct.pack(">3H", 0, 512, 1023), [[0, 32800, 65535]]),
        (b"P6 1 1 65535\n" + struct.pack(">3H", 1, 2000, 65535), [[[1, 2000, 65535]]]),
        (b"P2 2 1 65535\n0 1000\n", [[0, 1000]]),
        (b"P5 2 1 255\n\x07\xff", [[7, 255]]),
        (b"P6 1 1 255\n\x01\x02\x03", [[[1, 2, 3]]]),
        (b"P4 2 1\n\x40", [[255, 0]]),
        (b"Pf\n2 1\n-1.0\n" + struct.pack("<2f", 0.5, 1), [[32768, 65535]]),
    ):
        (tmp_path / "a.ppm").write_bytes(content)
        np.testing.assert_array_equal(read_picture(tmp_path / "a.ppm").pixels, meant)


def bmp(rows: list[bytes], *, width: int, bits: int, palette: bytes) -> bytes:
    stored = b"".join(row.ljust(-len(row) % 4 + len(row), b"\0") for row in reversed(rows))
    begin = 54 + len(palette)
    head = struct.pack("<IHHI", begin + len(stored), 0, 0, begin)
    size = struct.pack(
        "<IiiHHIIiiII", 40, width, len(rows), 1, bits, 0, len(stored), 0, 0, len(palette) // 4, 0
    )
    return b"BM" + head + size + palette + stored


@pytest.mark.parametrize(
    ("bits", "row", "meant"),
    [(1, b"\x40", [0, 1]), (4, b"\x2f", [2, 15]), (8, b"\2\xf0", [2, 240])],
)
@pytest.mark.parametrize("grey", [False, True])
def test_bmp_with_a_palette(
    tmp_path: Path, bits: int, row: bytes, meant: list[int], grey: bool
) -> None:
    step = 255 // (2**bits - 1)
    colours = [(i * step,) * 3 if grey else (i, 255 - i, 9) for i in range(2**bits)]
    palette = b"".join(bytes([*reversed(colour), 0]) for colour in colours)
    (tmp_path / "a.bmp").write_bytes(bmp([row], width=2, bits=bits, palette=palette))
    expected = [[colours[index] for index in meant]]
    np.testing.assert_array_equal(read_image(tmp_path / "a.bmp"), expected)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(60), "HEIC: not read; convert it to JPEG, or pip"),
        ("a.png", b"%PDF-1.7" + bytes(60), "PDF: not read; export its pages as PNG"),
        ("a.svg", b"<svg xmlns=''/>", "SVG: not read; export it"),
        ("a.jxl", b"\xff\x0a" + bytes(60), "JPEG XL: not read; convert it to PNG"),
        ("a.cr2", b"II*\0\x10\0\0\0CR\2\0" + bytes(60), "camera raw: not read; develop it"),
        ("a.NEF", b"MM\0*" + bytes(60), "camera raw: not read; develop it"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript: not read; export"),
        ("a.mp4", b"\0\0\0\x18ftypmp42" + bytes(60), "a video: not read; export its frames"),
        ("a.png", b"text", "not an image, or a damaged one"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    if name == "a.heic" and read_by_pillow_heif():
        pytest.skip("pillow-heif is installed")
    (tmp_path / name).write_bytes(content)
    for read in (read_picture, read_image):
        with pytest.raises(ClassSRError, match=f"{name}: {message}"):
            read(tmp_path / name)


def test_heic_where_pillow_heif_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif")
    assert read_by_pillow_heif()
    rgb = odd_files.smooth(64, 64)
    Image.fromarray(rgb).save(tmp_path / "a.heic", quality=100)
    assert np.abs(read_picture(tmp_path / "a.heic").pixels - rgb.astype(int)).mean() < 3
    assert "HEIF" in readable_formats()


def test_a_jpeg_of_12_bits_is_named(tmp_path: Path) -> None:
    twelve = odd_files.deep(odd_files.smooth()) >> 4
    content = imagecodecs.jpeg8_encode(twelve, bitspersample=12)
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(ClassSRError, match="a JPEG of 12 bits per value; convert it to PNG"):
        read_picture(tmp_path / "a.jpg")


def test_only_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "itself.png").symlink_to("itself.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "folder.png").mkdir()
    with (tmp_path / "sparse.png").open("wb") as file:
        file.truncate(2**40)
    messages = {
        "sparse.png": "has 1,099,511,627,776 bytes; at most .* are read",
        "pipe.png": "expected a file, found a pipe or a device",
        "zero.png": "expected a file, found a pipe or a device",
        "itself.png": "cannot be read",
        "folder.png": "expected a file, found a folder",
        "nul\0.png": "cannot be read",
        "x" * 300 + ".png": "cannot be read",
    }

    def check() -> None:
        for name, message in messages.items():
            for read in (read_picture, read_image):
                with pytest.raises(ClassSRError, match=message):
                    read(tmp_path / name)
            assert count_pixels(tmp_path / name) == 0

    thread = threading.Thread(target=check, daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive(), "still reading"


def test_whatever_a_decoder_raises_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(odd_files.smooth()).save(tmp_path / "a.webp")
    for raised, message in (
        (MemoryError(), "too large for the memory; cut the picture into parts"),
        (TypeError("odd"), "not an image, or a damaged one"),
        (RecursionError(), "not an image, or a damaged one"),
    ):

        def fail(*arguments: object, raised: Exception = raised, **more: object) -> None:
            raise raised

        monkeypatch.setattr(Image, "open", fail)
        with pytest.raises(ClassSRError, match=rf"a\.webp: {message}"):
            read_picture(tmp_path / "a.webp")


def test_mutated_files_raise_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rgb = odd_files.smooth()
    for extension in ("png", "jpg", "webp", "bmp", "gif", "tif", "jp2", "tga", "ppm", "avif"):
        path = tmp_path / f"a.{extension}"
        write_picture(path, Picture(rgb))
        content = path.read_bytes()
        for _ in range(12):
            changed = np.frombuffer(content, np.uint8).copy()
            places = rng.integers(0, len(changed), rng.integers(1, 9))
            changed[places] = rng.integers(0, 256, len(places))
            path.write_bytes(changed[: rng.integers(1, len(changed) + 1)].tobytes())
            try:
                pixels = read_picture(path).pixels
            except ClassSRError:
                continue
            assert pixels.dtype in (np.uint8, np.uint16)


def test_metadata_that_a_format_does_not_hold_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        write_picture(tmp_path / "a.bmp", Picture(odd_files.smooth(), icc=odd_files.PROFILE))
    assert f"{tmp_path / 'a.bmp'}: BMP does not keep the colour profile" in caplog.text
    assert cv2.imread(str(tmp_path / "a.bmp")).shape == (40, 56, 3)
