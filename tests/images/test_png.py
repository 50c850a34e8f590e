"""What a PNG file can say: every cell against values written by hand, damage, and chunks."""

from __future__ import annotations

import io
import logging
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import handmade
import odd_files
from classsr.errors import ClassSRError
from classsr.images.picture import Picture
from classsr.images.picture_reader import read_picture
from classsr.images.picture_writer import write_picture
from classsr.images.rgb import read_image

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
COLOURS = handmade.chunk(b"PLTE", bytes([1, 2, 3, 40, 50, 60, 255, 254, 253]))


def words(*values: int) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def key(*values: int) -> bytes:
    return handmade.chunk(b"tRNS", words(*values))


# Colour type, bits, a row, chunks before the pixels, and the pixels that are meant.
CELLS: dict[str, tuple[int, int, bytes, bytes, list[object]]] = {
    "grey 1": (GREY, 1, b"\x40", b"", [0, 255]),
    "grey 2": (GREY, 2, b"\x70", b"", [85, 255]),
    "grey 4": (GREY, 4, b"\x1f", b"", [17, 255]),
    "grey 8": (GREY, 8, b"\x07\xfe", b"", [7, 254]),
    "grey 16": (GREY, 16, words(258, 65534), b"", [258, 65534]),
    "grey 1 with a key": (GREY, 1, b"\x40", key(1), [[0, 255], [255, 0]]),
    "grey 2 with a key": (GREY, 2, b"\x70", key(1), [[85, 0], [255, 255]]),
    "grey 4 with a key": (GREY, 4, b"\x1f", key(15), [[17, 255], [255, 0]]),
    "grey 8 with a key": (GREY, 8, b"\x07\xfe", key(7), [[7, 0], [254, 255]]),
    "grey 16 with a key": (GREY, 16, words(258, 259), key(258), [[258, 0], [259, 65535]]),
    "RGB 8": (RGB, 8, bytes(range(6)), b"", [[0, 1, 2], [3, 4, 5]]),
    "RGB 16": (RGB, 16, words(1, 2, 3, 400, 500, 600), b"", [[1, 2, 3], [400, 500, 600]]),
    "RGB 8 with a key": (RGB, 8, bytes(range(6)), key(3, 4, 5), [[0, 1, 2, 255], [3, 4, 5, 0]]),
    "RGB 16 with a key": (
        RGB,
        16,
        words(1, 2, 3, 1, 2, 4),
        key(1, 2, 3),
        [[1, 2, 3, 0], [1, 2, 4, 65535]],
    ),
    "palette 1": (PALETTE, 1, b"\x40", COLOURS, [[1, 2, 3], [40, 50, 60]]),
    "palette 2": (PALETTE, 2, b"\x90", COLOURS, [[255, 254, 253], [40, 50, 60]]),
    "palette 4": (PALETTE, 4, b"\x20", COLOURS, [[255, 254, 253], [1, 2, 3]]),
    "palette 8": (PALETTE, 8, b"\x01\x02", COLOURS, [[40, 50, 60], [255, 254, 253]]),
    "palette 8 with alpha": (
        PALETTE,
        8,
        b"\x01\x02",
        COLOURS + handmade.chunk(b"tRNS", b"\xff\x80"),
        [[40, 50, 60, 128], [255, 254, 253, 255]],
    ),
    "palette 2 with alpha": (
        PALETTE,
        2,
        b"\x10",
        COLOURS + handmade.chunk(b"tRNS", b"\x07"),
        [[1, 2, 3, 7], [40, 50, 60, 255]],
    ),
    "grey and alpha 8": (GREY_ALPHA, 8, b"\x01\x02\x03\xff", b"", [[1, 2], [3, 255]]),
    "grey and alpha 16": (GREY_ALPHA, 16, words(1, 2, 3, 65535), b"", [[1, 2], [3, 65535]]),
    "RGB and alpha 8": (RGB_ALPHA, 8, bytes(range(8)), b"", [[0, 1, 2, 3], [4, 5, 6, 7]]),
    "RGB and alpha 16": (RGB_ALPHA, 16, words(*range(8)), b"", [[0, 1, 2, 3], [4, 5, 6, 7]]),
}


@pytest.mark.parametrize("cell", CELLS)
def test_samples_are_what_the_head_says(tmp_path: Path, cell: str) -> None:
    colour_type, depth, row, before, meant = CELLS[cell]
    path = tmp_path / "a.png"
    path.write_bytes(
        handmade.png([row], width=2, depth=depth, colour_type=colour_type, before=before)
    )
    pixels = read_picture(path).pixels
    assert pixels.dtype == (np.uint16 if depth == 16 else np.uint8)
    np.testing.assert_array_equal(pixels, [meant])
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        with pytest.raises(ClassSRError, match=r"a\.png: has transparent pixels"):
            read_image(path)
        return
    rgb = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
    np.testing.assert_array_equal(read_image(path), rgb)


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"])
def test_a_wrong_checksum_is_damage(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / "a.png"
    before = COLOURS + handmade.chunk(b"tRNS", b"\x07")
    content = handmade.png([b"\x10"], width=2, depth=2, colour_type=PALETTE, before=before)
    path.write_bytes(content)
    read_picture(path)
    begin = content.index(name)
    length = int.from_bytes(content[begin - 4 : begin], "big")
    broken = bytearray(content)
    broken[begin + 4 + length] ^= 1
    path.write_bytes(broken)
    for read in (read_picture, read_image):
        with pytest.raises(ClassSRError, match="a damaged one"):
            read(path)


def test_pixels_that_end_early_or_do_not_unpack_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    packed = zlib.compress(b"\0\1\2\0\3\4")
    for data in (packed[:-6], b"no zlib", zlib.compress(b"\0\1\2")):
        content = handmade.png([b"\1\2", b"\3\4"], width=2, depth=8, colour_type=GREY)
        begin = content.index(b"IDAT") - 4
        end = content.index(b"IEND") - 4
        path.write_bytes(content[:begin] + handmade.chunk(b"IDAT", data) + content[end:])
        with pytest.raises(ClassSRError, match="a damaged one"):
            read_picture(path)


def test_a_damaged_text_is_dropped_and_the_picture_kept(tmp_path: Path) -> None:
    text = bytearray(handmade.chunk(b"tEXt", b"Title\0words"))
    text[-1] ^= 1
    profile = handmade.chunk(b"iCCP", b"ICC Profile\0\0no zlib")
    path = tmp_path / "a.png"
    path.write_bytes(
        handmade.png(
            [b"\x01\x02"], width=2, depth=8, colour_type=GREY, before=profile + bytes(text)
        )
    )
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, [[1, 2]])
    assert picture.icc is None


def test_long_texts_and_profiles(tmp_path: Path) -> None:
    profile = odd_files.PROFILE + bytes(3 * 2**20)
    before = b"".join(
        [
            handmade.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(5 * 2**20))),
            handmade.chunk(b"iTXt", b"XML\0\1\0\0\0" + zlib.compress(bytes(5 * 2**20))),
            handmade.chunk(b"tEXt", b"Comment\0" + b"x" * 5 * 2**20),
            handmade.chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile)),
        ]
    )
    path = tmp_path / "a.png"
    row = bytes(range(6))
    path.write_bytes(handmade.png([row], width=2, depth=8, colour_type=RGB, before=before))
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, [[[0, 1, 2], [3, 4, 5]]])
    assert picture.icc == profile
    for name in ("result.png", "result.tif", "result.webp", "result.jpg"):
        write_picture(tmp_path / name, picture)
        assert read_picture(tmp_path / name).icc == profile


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_how_colours_are_meant_is_kept(
    tmp_path: Path, dtype: type, caplog: pytest.LogCaptureFixture
) -> None:
    meant = {
        b"cICP": bytes([9, 16, 0, 1]),
        b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
        b"gAMA": struct.pack(">I", 100000),
    }
    before = b"".join(handmade.chunk(name, data) for name, data in meant.items())
    depth = 8 * np.dtype(dtype).itemsize
    path = tmp_path / "a.png"
    row = bytes(6 * depth // 8)
    path.write_bytes(handmade.png([row], width=2, depth=depth, colour_type=RGB, before=before))
    picture = read_picture(path)
    write_picture(tmp_path / "result.png", picture)
    content = (tmp_path / "result.png").read_bytes()
    for name, data in meant.items():
        assert handmade.chunk(name, data) in content[: content.index(b"IDAT")]
    assert read_picture(tmp_path / "result.png").colour_chunks == picture.colour_chunks
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["gamma"] == 1
    with caplog.at_level(logging.WARNING):
        write_picture(tmp_path / "result.jpg", picture)
    assert "JPEG does not keep how the PNG's colours are meant (cICP, cHRM, gAMA)" in caplog.text


def test_chunks_of_another_length_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    before = handmade.chunk(b"gAMA", b"\0\1")
    path.write_bytes(handmade.png([b"\1\2"], width=2, depth=8, colour_type=GREY, before=before))
    assert read_picture(path) is not None
    write_picture(path, read_picture(path))
    assert b"gAMA" not in path.read_bytes()


def test_the_profile_of_a_grey_picture_stays_where_it_is_one_of_rgb(tmp_path: Path) -> None:
    grey = odd_files.smooth(channels=1)
    of_grey = odd_files.PROFILE[:16] + b"GRAY" + odd_files.PROFILE[20:]
    for profile, kept in ((odd_files.PROFILE, odd_files.PROFILE), (of_grey, None)):
        write_picture(tmp_path / "a.webp", Picture(grey, icc=profile))
        assert read_picture(tmp_path / "a.webp").icc == kept
        write_picture(tmp_path / "a.png", Picture(grey, icc=profile))
        assert read_picture(tmp_path / "a.png").icc == profile
