"""The Python interface: arrays in, arrays of the same kind out."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base

import odd_files
from classsr import ClassSRError, Upscaler
from classsr.checkpoints.native import load_network
from classsr.runtime.export import export
from properties import HIDDEN, disc_over


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (3, 40), (33, 70)])
def test_arrays_keep_their_kind(bilinear_model: Path, channels: int, size: tuple[int, int]) -> None:
    shape = (*size, channels)[: 2 if channels == 1 else 3]
    image = odd_files.smooth(40, 80, channels=channels)[: size[0], : size[1]].reshape(shape)
    upscaler = Upscaler(bilinear_model, backend="paddle")
    for lr in (image, odd_files.deep(image)):
        sr = upscaler(lr)
        assert sr.dtype == lr.dtype
        assert sr.shape == (4 * size[0], 4 * size[1], *shape[2:])
        expected = cv2.resize(lr.astype(np.float32), None, fx=4, fy=4).reshape(sr.shape)
        assert np.abs(sr - expected).max() < np.iinfo(lr.dtype).max / 255


def test_what_is_opaque_stays_exactly_so(bilinear_model: Path) -> None:
    image = np.dstack([odd_files.smooth(), np.full((40, 56), 255, np.uint8)])
    upscaled = Upscaler(bilinear_model, backend="paddle").upscale(image)
    assert (upscaled.image[:, :, 3] == 255).all()
    assert len(upscaled.plans) == 1


def test_progress_adds_up_to_one(bilinear_model: Path) -> None:
    shares: list[float] = []
    image = odd_files.smooth(70, 90, channels=4)
    Upscaler(bilinear_model, backend="paddle").upscale(image, progress=shares.append)
    assert sum(shares) == pytest.approx(1)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 3), np.float64),
        np.zeros((4, 4, 3), np.int16),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_what_is_no_image_is_refused(bilinear_model: Path, image: np.ndarray) -> None:
    with pytest.raises(ClassSRError, match="expected an image"):
        Upscaler(bilinear_model, backend="paddle")(image)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[1, 2]], r"expected a NumPy array, a PIL image or the path .*, found list"),
        (None, r"found NoneType"),
        (
            np.full((4, 4), 1.5, np.float32),
            "expected float32 values .*, found 1.5 to 1.5",
        ),
        (np.full((4, 4), np.nan, np.float32), "found nan to nan"),
        (Image.new("F", (4, 4)), "expected a PIL image of mode .*, found F"),
        (Image.new("L", (0, 4)), "expected an image with pixels, found 0x4"),
        ("missing.png", r"missing\.png: cannot be read"),
        (np.zeros((4, 4, 5), np.uint8), "found 4 x 4 x 5 of uint8"),
    ],
)
def test_a_wrong_thing_is_told_what_was_expected(
    bilinear_model: Path, given: Any, message: str
) -> None:
    with pytest.raises(ClassSRError, match=message):
        Upscaler(bilinear_model, backend="paddle")(given)


def test_float32_comes_back_as_float32(bilinear_model: Path) -> None:
    image = odd_files.smooth().astype(np.float32) / np.float32(255)
    sr = Upscaler(bilinear_model, backend="paddle")(image)
    assert sr.dtype == np.float32
    np.testing.assert_allclose(sr, cv2.resize(image, None, fx=4, fy=4), atol=1e-4)
    single = Upscaler(bilinear_model, backend="paddle")(image[:, :, :1])
    assert single.shape == (4 * odd_files.HEIGHT, 4 * odd_files.WIDTH, 1)


@pytest.mark.parametrize(
    ("mode", "result"),
    [
        ("1", "L"),
        ("L", "L"),
        ("LA", "LA"),
        ("P", "RGB"),
        ("RGB", "RGB"),
        ("RGBA", "RGBA"),
        ("CMYK", "RGB"),
        ("YCbCr", "RGB"),
        ("I;16", "I;16"),
    ],
)
def test_pil_images_come_back_as_pil_images(bilinear_model: Path, mode: str, result: str) -> None:
    rgb = Image.fromarray(odd_files.smooth())
    image = Image.fromarray(odd_files.deep(odd_files.smooth(channels=1)))
    if mode != "I;16":
        image = rgb.convert(mode)
        image.info["icc_profile"] = odd_files.PROFILE
    sr = Upscaler(bilinear_model, backend="paddle")(image)
    assert isinstance(sr, Image.Image)
    assert (sr.mode, sr.size) == (result, (4 * odd_files.WIDTH, 4 * odd_files.HEIGHT))
    assert ("icc_profile" in sr.info) == (mode not in ("1", "CMYK", "YCbCr", "I;16"))


def test_a_pil_image_is_turned_upright(bilinear_model: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    Image.fromarray(odd_files.smooth()).save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as image:
        sr = Upscaler(bilinear_model, backend="paddle")(image)
    assert sr.size == (4 * odd_files.HEIGHT, 4 * odd_files.WIDTH)


def test_a_path_gives_an_array(bilinear_model: Path, tmp_path: Path) -> None:
    Image.fromarray(odd_files.smooth()).save(tmp_path / "a.png")
    upscaler = Upscaler(bilinear_model, backend="paddle")
    expected = upscaler(odd_files.smooth())
    for path in (tmp_path / "a.png", str(tmp_path / "a.png")):
        np.testing.assert_array_equal(upscaler(path), expected)


def test_budgets_as_share_and_as_text_are_alike(bilinear_model: Path) -> None:
    image = odd_files.smooth(70, 90)
    one, other = (
        Upscaler(bilinear_model, backend="paddle", budget=budget).upscale(image)
        for budget in (0.6, "60%")
    )
    np.testing.assert_array_equal(one.plans[0].classes, other.plans[0].classes)
    with pytest.raises(ClassSRError, match=r"budget 50: expected a share as in 50% or 0\.5"):
        Upscaler(bilinear_model, backend="paddle", budget=50)


def test_a_tile_is_no_larger_than_the_image_needs(bilinear_model: Path) -> None:
    image = odd_files.smooth(200, 210)
    for tile in (2000, 10**9):
        (plan,) = Upscaler(bilinear_model, backend="paddle", tile=tile).decide(image)
        assert (plan.tiling.tile, plan.image.shape) == (200, image.shape)
        computed = plan.computed_pixels(num_classes=2).sum()
        # Two whole tiles: the second lies flush with the edge, as windows do not shrink there.
        assert computed <= 2 * 200 * 204
    (plan,) = Upscaler(bilinear_model, backend="paddle", tile=64).decide(image[:40])
    assert plan.tiling.tile == 40
    (large,) = Upscaler(bilinear_model, backend="paddle", tile=10**9).decide(
        odd_files.smooth(600, 600)
    )
    assert large.tiling.tile == 256


def test_help_shows_arguments_defaults_and_an_example() -> None:
    text = inspect.getdoc(Upscaler) or ""
    for name, parameter in inspect.signature(Upscaler).parameters.items():
        assert f"\n{name}: " in text
        assert f"(default: {parameter.default!s}" in text.replace('"', "") or (
            parameter.default is None and "(default: " in text
        )
    assert ">>> " in text


HOST = """
import sys
from classsr import Upscaler
names = [name.split(".")[1] for name in sys.modules if name.startswith("classsr.")]
print(sorted({"training", "options", "build", "evaluation", "data", "cli"} & set(names)))
import numpy
Upscaler(sys.argv[1])(numpy.zeros((40, 40, 3), numpy.uint8))
"""


def test_a_host_program_loads_no_trainer_and_no_options_and_nothing_is_printed_into_it(
    bilinear_model: Path,
) -> None:
    command = [sys.executable, "-c", HOST, str(bilinear_model)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_an_exported_folder_gives_what_its_checkpoint_gives(
    bilinear_model: Path, tmp_path: Path
) -> None:
    for package in ("openvino", "paddle2onnx"):
        pytest.importorskip(package)
    network, spec = load_network(bilinear_model)
    export(network, tmp_path, spec=spec)
    image = odd_files.smooth(70, 90)
    checkpoint = Upscaler(bilinear_model, precision="float32", backend="paddle")
    exported = Upscaler(tmp_path, precision="float32")
    assert np.abs(checkpoint(image).astype(int) - exported(image)).max() <= 1
    assert checkpoint.cost == exported.cost
    with pytest.raises(ClassSRError, match=r"tile 48: .* was exported for tiles of 32"):
        Upscaler(tmp_path, tile=48)
    with pytest.raises(ClassSRError, match="backend paddle: exported folders run in OpenVINO"):
        Upscaler(tmp_path, backend="paddle")


def test_bad_arguments(bilinear_model: Path) -> None:
    with pytest.raises(ClassSRError, match="tile 3: expected at least 16"):
        Upscaler(bilinear_model, tile=3)
    with pytest.raises(ClassSRError, match="scale 0: expected more than 0"):
        Upscaler(bilinear_model, scale=0)
    with pytest.raises(ClassSRError, match="nor a shipped model"):
        Upscaler("ClassSR_Unknown")
    with pytest.raises(ClassSRError, match="model None: expected a name or a path"):
        Upscaler(None)  # type: ignore[arg-type]
    with pytest.raises(ClassSRError, match="backend torch: expected one of auto, paddle"):
        Upscaler(bilinear_model, backend="torch")  # type: ignore[arg-type]


def test_hidden_colours_do_not_change_the_result() -> None:
    upscaler = Upscaler("ClassSR_FSRCNN", backend="paddle")
    for dtype in (np.uint8, np.uint16):
        own = upscaler(disc_over((200, 120, 60), dtype))
        opaque = np.iinfo(dtype).max
        assert ((own[..., 3] > 0) & (own[..., 3] < opaque)).any()
        assert (own[..., :3] == disc_over((200, 120, 60), dtype)[32, 32, :3]).all()
        for colour in HIDDEN.values():
            np.testing.assert_array_equal(upscaler(disc_over(colour, dtype)), own)


@pytest.mark.parametrize("channels", [2, 4])
def test_random_hidden_colours_do_not_change_the_result(
    bilinear_model: Path, channels: int
) -> None:
    rng = np.random.default_rng(channels)
    upscaler = Upscaler(bilinear_model, backend="paddle", scale=3)
    for share in (0.1, 0.9, 1):
        image = rng.integers(0, 256, (41, 53, channels), dtype=np.uint8)
        is_hidden = rng.random((41, 53)) < share
        image[is_hidden, -1] = 0
        other = image.copy()
        other[is_hidden, :-1] = rng.integers(0, 256, (is_hidden.sum(), channels - 1))
        np.testing.assert_array_equal(upscaler(image), upscaler(other))
