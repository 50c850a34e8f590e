"""The Python interface: arrays in, arrays of the same kind out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import odd_files
from classsr import ClassSRError, Upscaler
from classsr.checkpoints.native import load_network
from classsr.runtime.export import export


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
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_what_is_no_image_is_refused(bilinear_model: Path, image: np.ndarray) -> None:
    with pytest.raises(ClassSRError, match="expected an image"):
        Upscaler(bilinear_model, backend="paddle")(image)


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


def disc_over(hidden: tuple[int, int, int], dtype: type = np.uint8) -> np.ndarray:
    """A disc of (200, 120, 60) of 64 x 64 pixels with these colours where alpha is 0."""
    y, x = np.mgrid[:64, :64] - 31.5
    is_disc = x**2 + y**2 < 24**2
    image = np.empty((64, 64, 4), dtype)
    image[is_disc], image[~is_disc] = (200, 120, 60, 255), (*hidden, 0)
    return image * dtype(np.iinfo(dtype).max // 255)


def test_hidden_colours_do_not_change_the_result() -> None:
    upscaler = Upscaler("ClassSR_FSRCNN", backend="paddle")
    hidden = {"black": (0, 0, 0), "white": (255, 255, 255), "magenta": (255, 0, 255)}
    own = upscaler(disc_over((200, 120, 60)))
    assert ((own[..., 3] > 0) & (own[..., 3] < 255)).any()
    for colour in hidden.values():
        np.testing.assert_array_equal(upscaler(disc_over(colour)), own)
    visible = own[own[..., 3] > 0][:, :3].astype(int)
    flat = upscaler(np.full((64, 64, 3), (200, 120, 60), np.uint8)).astype(int)
    assert np.abs(visible - (200, 120, 60)).max() <= np.abs(flat - (200, 120, 60)).max()
    deep = [upscaler(disc_over(colour, np.uint16)) for colour in hidden.values()]
    np.testing.assert_array_equal(deep[0], deep[1])
    np.testing.assert_array_equal(deep[0], deep[2])


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
