"""The `full` protocol: every pixel of images of any size, regions that do not show."""

from __future__ import annotations

import itertools

import numpy as np
import paddle
import pytest

from classsr.images.rgb import to_float
from classsr.inference.class_map import class_map
from classsr.inference.full_protocol import Geometry, decide, full_protocol, run_plan
from classsr.inference.regions import bands, cover, join
from classsr.models.spec import classsr_spec, create
from classsr.runtime.paddle_runner import PaddleRunner

SIZES = [(1, 1), (5, 2000), (31, 33), (32, 32), (64, 97), (130, 200), (339, 510)]


class Enlarge:
    """A runner that repeats pixels and gives tiles random classes."""

    scale = 4
    num_classes = 3
    batch_size = 64
    streams = 2

    def __init__(self, *, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self.batches: list[tuple[int, ...]] = []

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        assert tiles.shape[1:] in ((3, 32, 32), (32, 32, 3))
        return self._rng.normal(size=(len(tiles), self.num_classes))

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        self.batches.append(tiles.shape)
        first = 1 if tiles.dtype == np.uint8 else 2
        return tiles.repeat(self.scale, axis=first).repeat(self.scale, axis=first + 1)


def picture(height: int, width: int, *, dtype: type = np.uint8) -> np.ndarray:
    rng = np.random.default_rng(height * width)
    return rng.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype=dtype, endpoint=True)


def enlarged(image: np.ndarray) -> np.ndarray:
    return 255 * to_float(image).repeat(4, axis=0).repeat(4, axis=1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_covers_every_pixel_and_shows_no_borders(size: tuple[int, int], dtype: type) -> None:
    image = picture(*size, dtype=dtype)
    restored = full_protocol(image, Enlarge())
    np.testing.assert_allclose(restored.image, enlarged(image), atol=1e-3)
    assert len(restored.classes) == len(restored.tiling)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("geometry", [Geometry(halo=7, limit=2), Geometry(halo=16)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_give_integers(size: tuple[int, int], geometry: Geometry, dtype: type) -> None:
    image, runner = picture(*size, dtype=dtype), Enlarge()
    plan = decide(image, runner, geometry=geometry)
    areas: list[int] = []
    result = np.empty((4 * size[0], 4 * size[1], 3), dtype=dtype)
    run_plan(plan, runner, result=result, progress=areas.append)
    np.testing.assert_array_equal(result, image.repeat(4, axis=0).repeat(4, axis=1))
    assert sum(areas) == plan.image.shape[0] * plan.image.shape[1]
    grey = np.empty(result.shape[:2], dtype=dtype)
    run_plan(plan, runner, result=grey)
    assert np.abs(grey - result.mean(axis=2)).max() < 0.51


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_bands_part_the_image_and_have_few_shapes(size: tuple[int, int], number: int) -> None:
    count = np.zeros(size, dtype=int)
    made = bands(2, number=number, most=(256, 512), halo=2, size=size)
    for band in made:
        band.cut(count)  # a window lies within the image
        count[slice(*band.rows), slice(*band.columns)] += 1
        assert band.branch == 2 and band.shape[0] <= 256 + 4 and band.shape[1] <= 512 + 4
    assert (count == 1).all()
    assert len({band.shape for band in made}) == 1
    heights = [bottom - top for top, bottom in {band.rows for band in made}]
    assert len(heights) % number == 0 or max(heights) < number
    assert max(heights) - min(heights) < len(heights)


def test_windows_of_as_many_tiles_have_one_shape() -> None:
    classes = np.random.default_rng(0).integers(0, 3, (11, 17))
    regions = join(classes, tile=32, halo=2, limit=4, size=(339, 520))
    lengths = [32 * number + 4 for number in (1, 2, 3, 4)]
    assert {region.shape for region in regions} <= set(itertools.product(lengths, lengths))
    for region in regions:
        rows, columns = region.window_rows, region.window_columns
        assert rows[0] <= max(region.rows[0] - 2, 0) and rows[1] >= min(region.rows[1] + 2, 339)
        assert columns[0] <= max(region.columns[0] - 2, 0)
        assert rows[0] >= 0 and rows[1] <= 339 and columns[1] <= 520


def test_batches_are_bounded() -> None:
    runner = Enlarge()
    full_protocol(picture(700, 900), runner, geometry=Geometry(limit=3, batch_size=9))
    for number, _, height, width in runner.batches:
        assert max(height, width) <= 3 * 32 + 4
        assert number == 1 or number * height * width <= 9 * 32 * 32


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_rectangles_part_the_grid(limit: int) -> None:
    classes = np.random.default_rng(limit).integers(0, 2, (13, 21))
    count = np.zeros_like(classes)
    for (top, bottom), (left, right) in cover(classes, limit=limit):
        block = classes[top:bottom, left:right]
        assert max(block.shape) <= limit
        assert (block == block[0, 0]).all()
        count[top:bottom, left:right] += 1
    assert (count == 1).all()


def test_a_class_that_changes_leaves_the_rectangles_of_other_blocks() -> None:
    classes = np.random.default_rng(0).integers(0, 2, (10, 14))
    before = set(cover(classes, limit=4))
    classes[5, 9] = 2
    changed = before ^ set(cover(classes, limit=4))
    assert ((5, 6), (9, 10)) in changed
    for (top, bottom), (left, right) in changed:
        assert 4 <= top < bottom <= 8
        assert 8 <= left < right <= 12


def test_one_class_joins_into_the_fewest_rectangles() -> None:
    assert len(list(cover(np.zeros((16, 20), dtype=int), limit=8))) == 6


@pytest.fixture
def fsrcnn() -> paddle.nn.Layer:
    paddle.seed(1)
    network = create({"type": "FSRCNN", "d": 16, "init": "bicubic"}, scale=4)
    network.eval()
    return network


def test_plain_network_equals_itself_on_the_whole_image(fsrcnn: paddle.nn.Layer) -> None:
    image, runner = picture(90, 150), PaddleRunner(fsrcnn)
    whole = runner.run_branch(to_float(image).transpose(2, 0, 1)[None], 0)[0]
    whole = 255 * whole.transpose(1, 2, 0).clip(0, 1)
    enough = Geometry(halo=10, limit=1)  # FSRCNN sees 7 pixels to each side
    np.testing.assert_allclose(
        full_protocol(image, runner, geometry=enough).image, whole, atol=1e-2
    )


def test_every_region_goes_through_its_branch(fsrcnn: paddle.nn.Layer) -> None:
    paddle.seed(2)
    branch = {"type": "FSRCNN", "d": 16, "init": "bicubic"}
    network = create(classsr_spec([branch, branch]), scale=4)
    network.eval()
    runner, image = PaddleRunner(network), picture(96, 96)
    chosen = np.arange(9) % 2
    restored = full_protocol(image, runner, route=lambda logits: chosen)
    planes = to_float(image).transpose(2, 0, 1)[None]
    whole = [255 * runner.run_branch(planes, b)[0].transpose(1, 2, 0).clip(0, 1) for b in (0, 1)]
    for place, (top, left) in enumerate(restored.tiling.origins):
        inside = np.s_[4 * top + 40 : 4 * top + 88, 4 * left + 40 : 4 * left + 88]
        np.testing.assert_allclose(restored.image[inside], whole[chosen[place]][inside], atol=1e-2)


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (50, 70)])
def test_class_map_fits_images_of_any_size(size: tuple[int, int]) -> None:
    restored = full_protocol(picture(*size), Enlarge())
    tinted = class_map(restored.image, restored.tiling, restored.classes, num_classes=3, scale=4)
    assert tinted.shape == restored.image.shape
