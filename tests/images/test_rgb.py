"""Reading and writing images, and what is said about files that cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from classsr.errors import ClassSRError
from classsr.images.rgb import list_images, read_image, write_image


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_round_trip(tmp_path: Path, image: np.ndarray, dtype: type) -> None:
    full_range = image.astype(dtype) * dtype(np.iinfo(dtype).max // 255)
    write_image(tmp_path / "new" / "a.png", full_range)
    written = read_image(tmp_path / "new" / "a.png")
    assert written.dtype == dtype
    np.testing.assert_array_equal(written, full_range)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


def test_grey_becomes_three_equal_channels(tmp_path: Path, image: np.ndarray) -> None:
    write_image(tmp_path / "grey.png", image[:, :, 0])
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png"), image[:, :, [0, 0, 0]])


def test_opaque_alpha_is_dropped_and_transparency_refused(
    tmp_path: Path, image: np.ndarray
) -> None:
    alpha = np.full((24, 32, 1), 255, np.uint8)
    path = tmp_path / "alpha.png"
    cv2.imwrite(str(path), np.concatenate([image[:, :, ::-1], alpha], axis=2))
    np.testing.assert_array_equal(read_image(path), image)
    alpha[3, 4] = 128
    cv2.imwrite(str(path), np.concatenate([image[:, :, ::-1], alpha], axis=2))
    with pytest.raises(ClassSRError, match=r"alpha\.png: has transparent pixels; flatten"):
        read_image(path)


@pytest.mark.parametrize("extension", [".png", ".jpg"])
@pytest.mark.parametrize("kept", [0.5, 0.98])
def test_a_truncated_image_is_refused(
    tmp_path: Path, image: np.ndarray, extension: str, kept: float
) -> None:
    path = tmp_path / f"a{extension}"
    write_image(path, image)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ClassSRError, match=r"a\.(png|jpg): the image is truncated"):
        read_image(path)


def test_a_flipped_byte_in_a_png_is_noticed(tmp_path: Path, image: np.ndarray) -> None:
    path = tmp_path / "a.png"
    write_image(path, image)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ClassSRError, match="damaged"):
        read_image(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ClassSRError, match=r"missing\.png: cannot be read \(No such file"):
        read_image(tmp_path / "missing.png")
    for content in (b"", b"not an image"):
        (tmp_path / "text.png").write_bytes(content)
        with pytest.raises(ClassSRError, match=r"text\.png: not an image"):
            read_image(tmp_path / "text.png")
    cv2.imwrite(str(tmp_path / "float.tif"), np.full((4, 4, 3), 99, np.float32))
    with pytest.raises(ClassSRError, match=r"float\.tif: holds floats from 99 to 99, expected 0"):
        read_image(tmp_path / "float.tif")


def test_list_images(tmp_path: Path, image: np.ndarray) -> None:
    with pytest.raises(ClassSRError, match="no such folder"):
        list_images(tmp_path / "missing")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(ClassSRError, match="holds no images"):
        list_images(tmp_path)
    for name in ("b.png", "a.JPG"):
        (tmp_path / name).touch()
    assert [path.name for path in list_images(tmp_path)] == ["a.JPG", "b.png"]


def test_write_errors_are_one_line(tmp_path: Path, image: np.ndarray) -> None:
    with pytest.raises(ClassSRError, match=r"as \.xyz; use \.png"):
        write_image(tmp_path / "a.xyz", image)
    with pytest.raises(ClassSRError, match="cannot be written"):
        write_image(Path(os.devnull) / "a.png", image)
