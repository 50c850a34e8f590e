"""What is sent of a picture, and what is taken from a user."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import odd_files
from classsr import ClassSRError
from classsr.images.picture import Picture
from classsr.images.resize import imresize
from classsr.inference.routing import within_budget
from classsr.web.class_figures import predicted_curve
from classsr.web.enlargement import cropped
from classsr.web.parts import Window, encode_part, enlarged_part, original_part
from classsr.web.uploads import read_upload, result_name, shown_name


def test_real_pixels_are_sent_as_they_are() -> None:
    result = odd_files.smooth(160, 240)
    window = Window(left=10, top=5, width=20, height=30, wanted=500).clipped((40, 60))
    part = enlarged_part(result, window, scale=4)
    assert np.array_equal(part, result[20:140, 40:120])
    content, media_type = encode_part(part, Picture(result, icc=odd_files.PROFILE), exact=True)
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert media_type == "image/png" and np.array_equal(decoded[:, :, ::-1], part)
    assert b"iCCP" in content


def test_no_more_pixels_are_sent_than_are_wanted() -> None:
    result = odd_files.deep(odd_files.smooth(160, 240))
    window = Window(left=-5, top=0, width=9999, height=9999, wanted=60).clipped((40, 60))
    part = enlarged_part(result, window, scale=4)
    assert (part.shape, part.dtype) == ((40, 60, 3), np.uint8)
    assert np.abs(part - result.reshape(40, 4, 60, 4, 3).mean(axis=(1, 3)) / 257).max() <= 1


def test_bicubic_is_that_of_the_reports() -> None:
    image = odd_files.smooth(40, 60)
    window = Window(left=0, top=0, width=60, height=40, wanted=240)
    part = original_part(image, window, scale=4, smooth=True)
    assert np.array_equal(part, imresize(image, scale=4))
    nearest = original_part(image, window, scale=4, smooth=False)
    assert np.array_equal(nearest, image.repeat(4, axis=0).repeat(4, axis=1))


@pytest.mark.parametrize(
    ("given", "shown", "result"),
    [
        ("../../etc/photo.JPG", "photo.JPG", "photo_x4.JPG"),
        ("C:\\me\\scan.tif", "scan.tif", "scan_x4.tif"),
        ("no extension", "no extension", "no extension_x4.png"),
        ("a\r\nb\x00.png", "ab.png", "ab_x4.png"),
        ("..", "..", "..x4.png"),
        ("", "picture", "picture_x4.png"),
    ],
)
def test_names_are_names_only(given: str, shown: str, result: str) -> None:
    assert shown_name(given) == shown
    if given != "..":
        assert result_name(shown) == result
    assert "/" not in result_name(shown)


def test_uploads_are_bounded_before_they_are_decoded(tmp_path: Path) -> None:
    bomb = odd_files.png_head(tmp_path / "bomb.png", width=20_000, height=100).read_bytes()
    with pytest.raises(ClassSRError, match=r"^mine\.png: has 2\.0 megapixels, this page takes 1;"):
        read_upload(bomb, "mine.png", max_pixels=10**6)
    with pytest.raises(ClassSRError, match=r"^mine\.png: "):
        read_upload(bomb, "mine.png", max_pixels=10**9)


def test_the_curve_is_that_of_the_budgets() -> None:
    logits = np.random.default_rng(0).normal(size=(200, 3))
    shares = np.array([0.3, 0.6, 1.0])
    curve = predicted_curve(logits, shares)
    assert curve[0] == (0.3, 0.0) and curve[-1][0] == 1.0
    assert max(gain for _, gain in curve) == pytest.approx(1, abs=0.01)

    def gained(budget: float) -> float:
        classes = within_budget(logits, costs=shares, budget=budget)
        return float(np.mean(logits[np.arange(200), classes] - logits[:, 0]))

    most = max(gained(budget) for budget, _ in curve)
    for budget, gain in curve[::10]:
        assert gained(budget) / most == pytest.approx(gain, abs=0.02)


@pytest.mark.parametrize(("size", "expected"), [((9, 14), (8, 12)), ((1, 5), (4, 4))])
def test_a_truth_is_a_multiple_of_the_scale(size: tuple[int, int], expected: object) -> None:
    for shape in (size, (*size, 3)):
        assert cropped(np.zeros(shape, np.uint8), 4).shape[:2] == expected
