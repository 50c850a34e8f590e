"""Image files that tell what they were made from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from classsr.images.origin import read_origin, with_origin

ORIGIN = {"model": 64 * "0", "scale": 4, "budget": None, "name": "写真}"}


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif", "bmp", "jp2", "ppm"])
def test_any_format_tells_it_and_stays_what_it_is(tmp_path: Path, extension: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (70, 80, 3), dtype=np.uint8)
    _, encoded = cv2.imencode(f".{extension}", image)
    path = tmp_path / f"a.{extension}"
    path.write_bytes(with_origin(encoded.tobytes(), ORIGIN))
    assert read_origin(path) == ORIGIN
    before, after = (
        cv2.imdecode(content, cv2.IMREAD_COLOR)
        for content in (encoded, np.fromfile(path, np.uint8))
    )
    np.testing.assert_array_equal(before, after)


def test_every_checksum_can_follow(tmp_path: Path) -> None:
    """The bytes behind the words are any; they are never taken for a part of them."""
    _, encoded = cv2.imencode(".png", np.zeros((1, 1), np.uint8))
    for number in range(500):
        (tmp_path / "a.png").write_bytes(with_origin(encoded.tobytes(), {"n": number}))
        assert read_origin(tmp_path / "a.png") == {"n": number}


def test_the_last_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(with_origin(with_origin(b"", {"n": 1}), {"n": 2}))
    assert read_origin(path) == {"n": 2}


def test_what_tells_none(tmp_path: Path) -> None:
    contents = (b"", b"ClassSR-origin\0{broken", b"ClassSR-origin\0[1]", bytes(10_000))
    for content in contents:
        (tmp_path / "a.png").write_bytes(content)
        assert read_origin(tmp_path / "a.png") is None
    assert read_origin(tmp_path / "missing.png") is None
