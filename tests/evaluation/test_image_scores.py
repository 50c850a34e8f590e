"""The paper's protocol against a tile-by-tile account of it, and the scores."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import paddle
import pytest

from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.evaluation.image_scores import Score, evaluate, mean_score, validation_psnr
from classsr.evaluation.metrics import psnr
from classsr.evaluation.report import SetReport, to_csv, to_json, to_markdown
from classsr.images.channels import luma
from classsr.images.rgb import write_image
from classsr.inference.class_map import LEGEND, class_colours, class_map, with_legend
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.tile_grid import paper_tiling
from classsr.inference.usage import image_flops
from classsr.models.classsr import ClassSR
from classsr.models.cost import Cost, NetworkCost
from classsr.models.flops import count_network
from classsr.models.spec import create
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.pixels import to_uint8
from samples import photograph, routed_by_brightness, write_pairs

SPEC = {
    "type": "ClassSR",
    "branches": [{"type": "FSRCNN", "d": d, "init": "bicubic"} for d in (8, 12, 16)],
}


@pytest.fixture(scope="module")
def network() -> ClassSR:
    """ClassSR that routes by brightness."""
    return routed_by_brightness(SPEC)


def tile_by_tile(image: np.ndarray, network: ClassSR) -> tuple[np.ndarray, list[int]]:
    """The published procedure as it is described: one tile after the other, bars halved."""
    scale, tile, stride = 4, 32, 28
    rows = range(0, image.shape[0] - tile + 1, stride)
    columns = range(0, image.shape[1] - tile + 1, stride)
    merged = np.zeros(((rows[-1] + tile) * scale, (columns[-1] + tile) * scale, 3), np.float32)
    classes = []
    for top in rows:
        for left in columns:
            lr = image[top : top + tile, left : left + tile].astype(np.float32) / 255
            lr = paddle.to_tensor(lr.transpose(2, 0, 1)[None])
            label = int(network.classifier(lr).argmax())
            sr = to_uint8(network.branches[label](lr).numpy())[0]
            place = np.s_[top * scale : (top + tile) * scale, left * scale : (left + tile) * scale]
            merged[place] += sr
            classes.append(label)
    bar = (tile - stride) * scale
    for top in rows[1:]:
        merged[top * scale : top * scale + bar] /= 2
    for left in columns[1:]:
        merged[:, left * scale : left * scale + bar] /= 2
    return merged, classes


@paddle.no_grad()
@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_equals_the_tile_by_tile_procedure(network: ClassSR, batch_size: int) -> None:
    darkening = np.linspace(190, 0, 130)[None, :, None]
    image = (photograph(95, 130) // 4 + darkening).astype(np.uint8)
    expected, classes = tile_by_tile(image, network)
    restored = paper_protocol(image, PaddleRunner(network), batch_size=batch_size)
    assert restored.classes.tolist() == classes
    assert len(set(classes)) == 3
    difference = np.abs(restored.image - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def test_a_plain_network_is_its_own_only_class() -> None:
    plain = create({"type": "FSRCNN", "d": 8, "init": "bicubic"}, scale=2)
    restored = paper_protocol(photograph(40, 61), PaddleRunner(plain))
    assert restored.image.shape == (64, 120, 3)
    assert restored.classes.tolist() == [0, 0]


def test_sixteen_bit_input_gives_nearly_the_same(network: ClassSR) -> None:
    image = photograph(40, 40)
    runner = PaddleRunner(network)
    eight, sixteen = (paper_protocol(i, runner) for i in (image, image.astype(np.uint16) * 257))
    np.testing.assert_allclose(sixteen.image, eight.image, atol=1)


def test_scores_of_a_data_set(network: ClassSR, pairs: Path) -> None:
    folder = PairFolder(gt=pairs / "GT", lq=pairs / "LR", scale=4)
    cost, kept = count_network(network), {}
    protocol = partial(paper_protocol, runner=PaddleRunner(network))
    scores = list(evaluate(folder, protocol, cost, crop_border=4, keep=kept.__setitem__))
    assert [score.name for score in scores] == ["0000", "0001"] == list(kept)
    _, hr = folder[0]
    restored = kept["0000"]
    height, width = restored.image.shape[:2]
    assert scores[0].psnr == psnr(restored.image, hr[:height, :width], crop_border=4)
    assert sum(scores[0].tiles) == len(paper_tiling(70, 61))
    assert scores[0].ssim <= 1
    mean = mean_score(scores)
    assert mean.psnr == pytest.approx(np.mean([score.psnr for score in scores]))
    assert mean.psnr == pytest.approx(validation_psnr(folder, protocol, crop_border=4))
    assert sum(mean.tiles) == sum(sum(score.tiles) for score in scores)

    report = SetReport("pairs", scores)
    markdown = to_markdown(title="t", about="a", sets=[report])
    assert f"| pairs | {mean.psnr:.2f} |" in markdown
    rows = to_csv([report]).splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [
        ["pairs", "0000"],
        ["pairs", "0001"],
        ["pairs", "average"],
    ]


def test_a_pair_that_cannot_be_read_leaves_the_others_their_scores(
    network: ClassSR, tmp_path: Path
) -> None:
    write_pairs(tmp_path, lr_sizes=[(33, 40), (35, 40), (32, 33)])
    damaged = tmp_path / "LR" / "0001.png"
    damaged.write_bytes(damaged.read_bytes()[:300])
    write_image(tmp_path / "LR" / "0002.png", photograph(20, 20))
    folder = PairFolder(gt=tmp_path / "GT", lq=tmp_path / "LR", scale=4)
    protocol = partial(paper_protocol, runner=PaddleRunner(network))
    results = list(evaluate(folder, protocol, count_network(network), crop_border=4))
    assert isinstance(results[0], Score) and results[0].name == "0000"
    assert [type(result) for result in results[1:]] == [ClassSRError, ClassSRError]
    failed = tuple(str(result) for result in results[1:])
    assert "0001.png" in failed[0] and "0002.png: expected 80x80" in failed[1]
    report = SetReport("pairs", [results[0]], failed)
    assert f"Left out: {failed[0]}" in to_markdown(title="t", about="a", sets=[report])
    (content,) = json.loads(to_json(title="t", sets=[report]))["datasets"]
    assert content["failed"] == list(failed)


def test_flops_of_an_image_under_both_conventions() -> None:
    cost = NetworkCost(tile=32, classifier=Cost(1, 1), branches=(Cost(10, 4), Cost(40, 8)))
    flops, full = image_flops(np.array([3, 1]), np.array([3072, 1024]), 60 * 60, cost)
    assert flops.paper == (3 * 10 + 40) / 4
    assert flops.exact == pytest.approx((3 * 4 + 8 + 4) / (60 * 60 / 32**2))
    assert full == Cost(40, 8)


def test_class_map_tints_each_tile() -> None:
    image = np.full((32, 60, 3), (200, 30, 60), dtype=np.uint8)
    grey = 128 + luma(image)[0, 0] / 2  # no colour of the picture is taken for a class
    tiling = paper_tiling(32, 60)
    tinted = class_map(image, tiling, np.array([0, 2]), num_classes=3)
    green, red = class_colours(3)[[0, 2]]
    np.testing.assert_array_equal(tinted[0, 0], np.rint(0.55 * grey + 0.45 * green))
    np.testing.assert_array_equal(tinted[0, 59], np.rint(0.55 * grey + 0.45 * red))
    np.testing.assert_array_equal(tinted[0, 30], np.rint(0.55 * grey + 0.225 * (green + red)))


def test_the_legend_of_a_class_map_shows_every_colour() -> None:
    image = np.zeros((8, 300, 3), dtype=np.uint8)
    named = with_legend(image, num_classes=3)
    assert named.shape == (8 + LEGEND, 300, 3)
    np.testing.assert_array_equal(named[:8], image)
    shown = {tuple(pixel) for pixel in named[8:].reshape(-1, 3).tolist()}
    assert {tuple(colour) for colour in class_colours(3).round().astype(int).tolist()} <= shown
