"""The page in a browser: drop, look, turn the budget, download."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import odd_files
from classsr.cli.main import dispatch
from classsr.images.origin import KEYWORD, PNG_END, PNG_START
from classsr.images.picture import Picture
from classsr.images.picture_writer import write_picture
from classsr.images.rgb import read_image, write_image
from photographs import PHOTOGRAPH

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A photograph of 200 x 160 pixels."""
    path = tmp_path / "photo.png"
    write_image(path, read_image(PHOTOGRAPH)[:160, 150:350])
    return path


def drop(page: Any, path: Path) -> None:
    page.set_input_files("#file", path)


def wait_for(page: Any, version: int) -> None:
    """Until the page shows a result, and nothing more is to come."""
    page.wait_for_selector(f'#stage[data-shown="{version}"]')
    page.wait_for_selector("#busy", state="hidden")


def turn(page: Any, slider: str, value: int) -> None:
    page.locator(slider).fill(str(value))


def flops(page: Any) -> float:
    return float(re.search(r"([\d.]+)% of the largest network \(", page.inner_text("#numbers"))[1])


def upscaled(path: Path, folder: Path, *, budget: int) -> bytes:
    """What the command line writes, without the note of where it came from."""
    words = ["-n", "ClassSR_FSRCNN", "-i", str(path), "-o", str(folder), "--suffix", "x4"]
    words += ["--budget", f"{budget}%"]
    dispatch(["upscale", *words], "classsr")
    content = (folder / f"{path.stem}_x4{path.suffix}").read_bytes()
    picture, note, _ = content.rpartition(KEYWORD)
    assert note
    return picture[:-8] + PNG_END if picture.startswith(PNG_START) else picture


def downloaded(page: Any) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.click("#download")
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_picture_is_enlarged_and_its_budget_turned(
    open_page: OpenPage, photograph: Path, tmp_path: Path
) -> None:
    page = open_page()
    drop(page, photograph)
    wait_for(page, 1)
    assert "200 × 160 → 800 × 640" in page.inner_text("#numbers")
    assert sum(map(int, re.findall(r"(\d+) tiles?", page.inner_text("#legend")))) == 35
    first = flops(page)

    turn(page, "#budget", 40)
    wait_for(page, 2)
    assert not page.is_checked("#auto")
    assert flops(page) <= 40 < first
    expected = upscaled(photograph, tmp_path / "own", budget=40)
    assert downloaded(page) == ("photo_x4.png", expected)

    page.check("#auto")
    wait_for(page, 3)
    assert flops(page) == first


def test_the_divider_parts_before_and_after(open_page: OpenPage, photograph: Path) -> None:
    page = open_page()
    drop(page, photograph)
    wait_for(page, 1)
    box = page.locator("#stage").bounding_box()
    handle = page.locator("#divider").bounding_box()
    page.mouse.move(handle["x"] + 14, handle["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.25 * box["width"], handle["y"] + 100)
    page.mouse.up()
    assert abs(page.locator("#split").evaluate("e => e.valueAsNumber") - 25) <= 1
    shown = page.locator("#after").evaluate("e => e.style.clipPath")
    assert re.fullmatch(r"inset\(0px 0px 0px 2[456](\.\d+)?%\)", shown)


def test_what_is_on_the_screen_are_the_pixels_of_the_result(
    open_page: OpenPage, photograph: Path, tmp_path: Path
) -> None:
    page = open_page()
    drop(page, photograph)
    wait_for(page, 1)
    turn(page, "#budget", 100)
    wait_for(page, 2)
    turn(page, "#split", 0)
    with page.expect_response(lambda answer: "layer=after" in answer.url and _part(answer.url)):
        page.click("#real")
    page.wait_for_selector("#after img >> nth=1")
    stage = page.locator("#stage").screenshot()
    content = upscaled(photograph, tmp_path / "own", budget=100)
    shown, result = (
        cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR) for image in (stage, content)
    )
    inner = result[200:400, 100:300]  # away from the divider
    assert cv2.matchTemplate(shown, inner, cv2.TM_SQDIFF).min() < inner.size


def _part(url: str) -> bool:
    return "height=160&" not in url


def test_a_tile_tells_its_class(open_page: OpenPage, photograph: Path) -> None:
    page = open_page()
    drop(page, photograph)
    wait_for(page, 1)
    turn(page, "#opacity", 50)
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"])
    tip = page.inner_text("#tip")
    shares = re.search(r"simple (\d+)%, medium (\d+)%, hard (\d+)%", tip)
    assert shares and 98 <= sum(map(int, shares.groups())) <= 102
    assert re.search(r"a larger network: [+-]?[\d.]+ log|already the largest", tip)


def test_test_mode_compares_with_the_original(open_page: OpenPage, photograph: Path) -> None:
    page = open_page()
    page.check("#test")
    drop(page, photograph)
    page.wait_for_selector("#numbers >> text=SSIM")
    numbers = page.inner_text("#numbers")
    assert "50 × 40 → 200 × 160" in numbers
    ours, bicubic = map(float, re.search(r"([\d.]+) dB \(bicubic ([\d.]+)\)", numbers).groups())
    assert 20 < bicubic < ours < 50
    with page.expect_response(lambda answer: "layer=truth" in answer.url):
        page.select_option("#against", "truth")
    assert page.locator("#curve svg").count() == 1
    turn(page, "#budget", 40)
    page.wait_for_selector("#curve >> text=PSNR of the budgets tried")
    caption = page.locator("#curve svg:nth-child(2)").text_content()
    lowest, highest = map(float, re.search(r"([\d.]+)–([\d.]+) dB", caption).groups())
    assert lowest < highest == ours
    assert page.locator("#curve svg:nth-child(2) circle").count() == 3  # two, and the present one


def test_a_picture_stays_until_the_next_can_be_read(
    open_page: OpenPage, photograph: Path, tmp_path: Path
) -> None:
    page = open_page()
    drop(page, photograph)
    wait_for(page, 1)
    text = tmp_path / "notes.png"
    text.write_text("no picture")
    drop(page, text)
    page.wait_for_selector("#error >> text=notes.png: not an image")
    turn(page, "#budget", 40)
    wait_for(page, 2)
    assert flops(page) <= 40
    assert page.is_hidden("#error")


def test_what_is_no_picture_is_refused_in_a_sentence(
    open_page: OpenPage, photograph: Path, tmp_path: Path
) -> None:
    page = open_page()
    text = tmp_path / "<b>notes.png"
    text.write_text("no picture")
    bomb = odd_files.png_head(tmp_path / "bomb.png", width=100_000, height=100_000)
    large = tmp_path / "large.png"
    write_image(large, np.zeros((1000, 500, 3), np.uint8))
    drop(page, text)
    page.wait_for_selector("#error >> text=<b>notes.png: not an image")
    drop(page, bomb)
    page.wait_for_selector("#error >> text=bomb.png: ")
    drop(page, large)
    page.wait_for_selector("#error >> text=0.5 megapixels, this page takes 0.4")
    drop(page, photograph)
    wait_for(page, 1)
    assert page.is_hidden("#error")


def test_sixteen_bits_alpha_and_profile_are_downloaded_as_they_came(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page()
    path = tmp_path / "deep.tif"
    pixels = odd_files.deep(odd_files.smooth(channels=4))
    write_picture(path, Picture(pixels, icc=odd_files.PROFILE))
    drop(page, path)
    wait_for(page, 1)
    turn(page, "#budget", 50)
    wait_for(page, 2)
    assert downloaded(page) == ("deep_x4.tif", upscaled(path, tmp_path / "own", budget=50))


def test_two_people_wait_for_each_other(open_page: OpenPage, photograph: Path) -> None:
    pages = [open_page() for _ in range(2)]
    for page in pages:
        drop(page, photograph)
    for page in pages:
        wait_for(page, 1)
        assert "800 × 640" in page.inner_text("#numbers")


def test_a_phone_in_chinese_and_dark(open_page: OpenPage, photograph: Path) -> None:
    page = open_page(width=390, height=844, locale="zh-CN", scheme="dark")
    assert page.locator("html").get_attribute("lang") == "zh"
    drop(page, photograph)
    wait_for(page, 1)
    assert "最大网络" in page.inner_text("#numbers")
    assert page.locator("html").evaluate("e => e.scrollWidth") <= 390
    dark = page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    assert max(map(int, re.findall(r"\d+", dark))) < 64


def test_the_keyboard_is_enough(open_page: OpenPage, photograph: Path) -> None:
    page = open_page()
    drop(page, photograph)
    wait_for(page, 1)
    place = "e => [e.style.left, e.style.width]"
    image = page.locator("#before img").first
    page.focus("#stage")
    before = image.evaluate(place)
    page.keyboard.press("+")
    zoomed = image.evaluate(place)
    page.keyboard.press("ArrowRight")
    moved = image.evaluate(place)
    page.keyboard.press("0")
    assert before[1] != zoomed[1] == moved[1] and moved[0] != zoomed[0]
    assert image.evaluate(place) == before
    page.focus("#budget")
    page.keyboard.press("End")
    wait_for(page, 2)
    assert flops(page) == 100
    unnamed = [
        element.evaluate("e => e.outerHTML")
        for element in page.locator("button, input, select, a, img").all()
        if not element.evaluate("e => (e.labels?.length || e.textContent || e.ariaLabel || e.alt)")
    ]
    assert unnamed == []
