"""What a TIFF file can say about its samples: every cell against values written by hand."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import numpy as np
import pytest
import tifffile

import handmade
from classsr.errors import ClassSRError
from classsr.images.picture_reader import read_picture
from classsr.images.rgb import read_image

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
EXTRA_SAMPLES, COLOUR_MAP, INK_SET = 338, 320, 332
UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2
FULL = {np.uint8: 255, np.uint16: 65535}
UNIT = {np.uint8: 1, np.uint16: 257}


def extra(*kinds: int) -> dict[int, tuple[int, list[int]]]:
    return {EXTRA_SAMPLES: (handmade.SHORT, list(kinds))}


def written(path: Path, pixels: list[list[int]], dtype: type, **tags: object) -> Path:
    """A file of one row of pixels, given in levels of 8 bits."""
    samples = (np.array([pixels]) * UNIT[dtype]).astype(dtype)
    path.write_bytes(handmade.tiff(samples, **tags))  # type: ignore[arg-type]
    return path


# What the samples are, in levels of 8 bits, what the tags say, and the pixels that are meant.
CELLS = {
    "grey": ([[0], [60], [255]], {"photometric": BLACK_IS_ZERO}, [0, 60, 255]),
    "white is zero": ([[0], [60], [255]], {"photometric": WHITE_IS_ZERO}, [255, 195, 0]),
    "grey and alpha": (
        [[60, 255], [70, 0]],
        {"photometric": BLACK_IS_ZERO, "more": extra(UNASSOCIATED)},
        [[60, 255], [70, 0]],
    ),
    "grey and associated alpha": (
        [[60, 255], [35, 51], [0, 0]],
        {"photometric": BLACK_IS_ZERO, "more": extra(ASSOCIATED)},
        [[60, 255], [175, 51], [0, 0]],
    ),
    "white is zero and alpha": (
        [[60, 255], [70, 9]],
        {"photometric": WHITE_IS_ZERO, "more": extra(UNASSOCIATED)},
        [[195, 255], [185, 9]],
    ),
    "grey and an unspecified sample": (
        [[60, 1], [70, 2]],
        {"photometric": BLACK_IS_ZERO, "more": extra(UNSPECIFIED)},
        [60, 70],
    ),
    "grey and a sample without a word": (
        [[60, 1], [70, 2]],
        {"photometric": BLACK_IS_ZERO},
        [[60, 1], [70, 2]],
    ),
    "RGB": ([[1, 2, 3], [254, 253, 252]], {"photometric": RGB}, [[1, 2, 3], [254, 253, 252]]),
    "RGB and alpha": (
        [[188, 140, 86, 64], [1, 2, 3, 255]],
        {"photometric": RGB, "more": extra(UNASSOCIATED)},
        [[188, 140, 86, 64], [1, 2, 3, 255]],
    ),
    "RGB and associated alpha": (
        [[47, 35, 22, 51], [1, 2, 3, 255], [0, 0, 0, 0]],
        {"photometric": RGB, "more": extra(ASSOCIATED)},
        [[235, 175, 110, 51], [1, 2, 3, 255], [0, 0, 0, 0]],
    ),
    "RGB and an unspecified sample": (
        [[1, 2, 3, 77], [4, 5, 6, 78]],
        {"photometric": RGB, "more": extra(UNSPECIFIED)},
        [[1, 2, 3], [4, 5, 6]],
    ),
    "RGB and a sample without a word": (
        [[1, 2, 3, 77], [4, 5, 6, 78]],
        {"photometric": RGB},
        [[1, 2, 3, 77], [4, 5, 6, 78]],
    ),
    "RGB, two bands and alpha": (
        [[1, 2, 3, 7, 8, 77], [4, 5, 6, 9, 8, 78]],
        {"photometric": RGB, "more": extra(UNSPECIFIED, UNSPECIFIED, UNASSOCIATED)},
        [[1, 2, 3, 77], [4, 5, 6, 78]],
    ),
    "RGB and three bands without a word": (
        [[1, 2, 3, 7, 8, 77], [4, 5, 6, 9, 8, 78]],
        {"photometric": RGB},
        [[1, 2, 3], [4, 5, 6]],
    ),
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("cell", CELLS)
def test_samples_are_what_the_tags_say(
    tmp_path: Path, cell: str, dtype: type, planar: bool, order: str
) -> None:
    samples, tags, meant = CELLS[cell]
    path = written(tmp_path / "a.tif", samples, dtype, planar=planar, order=order, **tags)
    expected = (np.array([meant]) * UNIT[dtype]).astype(dtype)
    pixels = read_picture(path).pixels
    assert pixels.dtype == dtype
    np.testing.assert_array_equal(pixels, expected)
    alpha = expected[..., -1] if expected.ndim == 3 and expected.shape[2] % 2 == 0 else None
    if alpha is None:
        colours = expected
    elif (alpha == FULL[dtype]).all():
        colours = expected[..., :-1].squeeze(-1)
    else:
        with pytest.raises(ClassSRError, match=r"a\.tif: has transparent pixels"):
            read_image(path)
        return
    rgb = np.dstack([colours] * 3) if colours.ndim == 2 else colours
    np.testing.assert_array_equal(read_image(path), rgb)


@pytest.mark.parametrize(
    ("compression", "predictor"),
    [("lzw", True), ("zlib", True), ("packbits", False), ("zstd", True), ("lzw", False)],
)
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("photometric", ["rgb", "separated", "minisblack", "miniswhite"])
def test_compressions(
    tmp_path: Path, compression: str, predictor: bool, planar: bool, photometric: str
) -> None:
    samples = {"rgb": 3, "separated": 4}.get(photometric, 1)
    for dtype in (np.uint8, np.uint16):
        stored = np.random.default_rng(0).integers(0, FULL[dtype] + 1, (20, 30, samples), dtype)
        meant = stored
        if samples == 1:
            meant = stored[..., 0] if photometric == "minisblack" else FULL[dtype] - stored[..., 0]
        if photometric == "separated":
            inks = np.rint(stored / UNIT[dtype])
            meant = np.rint((255 - inks[..., :3]) * (255 - inks[..., 3:]) / 255).astype(np.uint8)
        stored = stored[..., 0] if samples == 1 else stored
        tifffile.imwrite(
            tmp_path / "a.tif",
            np.moveaxis(stored, 2, 0) if planar and samples > 1 else stored,
            photometric=photometric,
            planarconfig=("separate" if planar else "contig") if samples > 1 else None,
            compression=compression,
            predictor=predictor,
            rowsperstrip=7,
        )
        pixels = read_picture(tmp_path / "a.tif").pixels
        assert pixels.dtype == meant.dtype
        assert np.abs(pixels.astype(int) - meant).max() <= (photometric == "separated")


def test_few_bits_and_palettes(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    for bits, row, meant in (
        (1, [0b01000000], [[0, 255]]),
        (2, [0b01110000], [[85, 255]]),
        (4, [0x1F], [[17, 255]]),
    ):
        content = handmade.tiff(np.array([[row]], np.uint8), photometric=1, bits=bits)
        path.write_bytes(_with_width(content, 2))
        np.testing.assert_array_equal(read_picture(path).pixels, meant)
    colours = [256 * level for level in (*range(256), *range(255, -1, -1), *[9] * 256)]
    tags = {COLOUR_MAP: (handmade.SHORT, colours)}
    path.write_bytes(
        handmade.tiff(np.array([[[0], [7]]], np.uint8), photometric=PALETTE, more=tags)
    )
    np.testing.assert_array_equal(read_picture(path).pixels, [[[0, 255, 9], [7, 248, 9]]])


def _with_width(content: bytes, width: int) -> bytes:
    """The width is the first tag's value."""
    return content[:18] + width.to_bytes(4, "little") + content[22:]


def test_other_depths_use_the_full_range_of_16_bits(tmp_path: Path) -> None:
    values = np.array([[0, 1000, 4095]], np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, bitspersample=12, photometric="minisblack")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels, [[0, 16004, 65535]])
    values = np.array([[0, 65537 * 1000, 2**32 - 1]], np.uint32)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels, [[0, 1000, 65535]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_in_0_to_1_become_16_bits(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "a.tif"
    values = np.array([[[0, 0.5, 1], [0.25, 0.75, 0.125]]], dtype)
    tifffile.imwrite(path, values, photometric="rgb")
    expected = [[[0, 32768, 65535], [16384, 49151, 8192]]]
    np.testing.assert_array_equal(read_picture(path).pixels, expected)
    np.testing.assert_array_equal(read_image(path), expected)
    for wrong in (2, -0.5, np.nan):
        tifffile.imwrite(path, np.full((2, 2), wrong, dtype), photometric="minisblack")
        with pytest.raises(ClassSRError, match=r"a\.tif: holds floats from .* expected 0 to 1"):
            read_picture(path)


@pytest.mark.parametrize(
    ("samples", "tags", "message"),
    [
        (np.zeros((2, 2, 1), np.int16), {"photometric": 1}, "holds values of int16; convert"),
        (np.zeros((2, 2, 3), np.uint8), {"photometric": 8}, "holds CIELab; convert it to RGB"),
        (np.zeros((2, 2, 1), np.uint8), {"photometric": 32803}, "holds camera raw; convert"),
        (
            np.zeros((2, 2, 4), np.uint8),
            {"photometric": CMYK, "more": {INK_SET: (handmade.SHORT, [2])}},
            "holds other inks than CMYK",
        ),
        (np.zeros((2, 2, 1), np.uint8), {"photometric": 2}, "not an image, or a damaged one"),
    ],
)
def test_other_values_are_named(
    tmp_path: Path, samples: np.ndarray, tags: dict[str, object], message: str
) -> None:
    (tmp_path / "a.tif").write_bytes(handmade.tiff(samples, **tags))  # type: ignore[arg-type]
    for read in (read_picture, read_image):
        with pytest.raises(ClassSRError, match=rf"a\.tif: {message}"):
            read(tmp_path / "a.tif")


def test_bands_that_are_left_out_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path / "a.tif", [[1, 2, 3, 4, 5]], np.uint8, photometric=RGB)
    with caplog.at_level(logging.WARNING):
        read_picture(path)
    assert f"{path}: 2 further bands are left out" in caplog.text


def test_sizes_that_lie(tmp_path: Path) -> None:
    lies = {256: (handmade.LONG, [10000]), 257: (handmade.LONG, [10000])}
    for samples, message in ((60000, "has more than 178 megapixels"), (1, "truncated|damaged")):
        more = {**lies, 277: (handmade.SHORT, [samples])}
        content = handmade.tiff(np.zeros((2, 2, 1), np.uint8), photometric=1, more=more)
        (tmp_path / "a.tif").write_bytes(content)
        with pytest.raises(ClassSRError, match=message):
            read_picture(tmp_path / "a.tif")


def test_every_place_where_a_file_may_end(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (8, 8, 3), np.uint8)
    for compression in (None, "lzw", "zlib"):
        buffer = io.BytesIO()
        tifffile.imwrite(
            buffer, image, photometric="rgb", compression=compression, rowsperstrip=3, metadata=None
        )
        content = buffer.getvalue()
        path.write_bytes(content)
        np.testing.assert_array_equal(read_picture(path).pixels, image)
        for kept in range(0, len(content) - 1, 5):
            path.write_bytes(content[:kept])
            with pytest.raises(ClassSRError):
                read_picture(path)
