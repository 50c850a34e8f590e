"""VDSR, CARN and SRFBN-S at x2: their papers' sizes, and a training step and a test of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import pytest

from classsr.evaluation.complexity import REFERENCES, complexity_table
from classsr.images.resize import imresize
from classsr.inference.paper_protocol import paper_protocol
from classsr.models.backbones.linear import enlarge_bicubic
from classsr.models.flops import count
from classsr.models.layers import count_parameters
from classsr.models.spec import create
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.training.objectives import branch_objective
from samples import photograph

SMALL: dict[str, dict[str, Any]] = {
    "VDSR": {"type": "VDSR", "nf": 8, "nb": 2},
    "FullCARN": {"type": "FullCARN", "nf": 8},
    "SRFBN": {"type": "SRFBN", "m": 8, "groups": 2, "steps": 2},
}
# Multiply-accumulates that the papers print for a result of 1280 x 720 at x2, and parameters.
# VDSR's are of luma alone (612.6 G, 665 K); three channels add 2 * 2 * 64 * 9 of each a pixel.
PAPERS = {
    "VDSR": (612.6e9 + 2304 * 1280 * 720, 664_704 + 2304),
    "CARN": (222.8e9, 1_592_000),
    "SRFBN-S": (574.4e9, 282_000),
}


@pytest.mark.parametrize("row", REFERENCES, ids=lambda row: row.name)
def test_the_papers_and_the_slides_figures(row: Any) -> None:
    network = create(row.spec, scale=row.scale)
    per_pixel = count(network).paper / 2 / 32**2
    published, parameters = PAPERS[row.name]
    assert per_pixel * 640 * 360 == pytest.approx(published, rel=2e-3)
    assert count_parameters(network) == pytest.approx(parameters, rel=2e-3)
    slides = float(row.multiply_accumulates.removesuffix(" G")) * 1e9
    assert per_pixel * 320**2 == pytest.approx(slides, rel=0.01)
    assert f"{count_parameters(network) / 1e6:.1f} M" == row.parameters


def test_the_table_has_the_slides_and_our_networks() -> None:
    rows = complexity_table(size=64).splitlines()
    assert sum(row.startswith("| ClassSR-") for row in rows) == 4
    assert "| VDSR | 128 x 128 | 0.667 M | 0.7 M | 10.9 G | 272.5 G | 10.9 G |" in rows
    assert "| YOLOv4 | — | — | 64.4 M | — | 35.5 G | — |" in rows


@pytest.mark.parametrize("name", SMALL)
def test_a_training_step_at_x2_moves_every_weight(name: str) -> None:
    paddle.seed(0)
    network = create(SMALL[name], scale=2)
    lr, hr = paddle.rand([2, 3, 12, 12]), paddle.rand([2, 3, 24, 24])
    trained = [p for p in network.parameters() if not p.stop_gradient]
    before = [p.numpy() for p in trained]
    adam = paddle.optimizer.Adam(1e-2, parameters=trained)
    branch_objective(network, lr, hr).losses["l1"].backward()
    adam.step()
    assert all((p.numpy() != b).any() for p, b in zip(trained, before, strict=True))


@pytest.mark.parametrize("name", SMALL)
def test_the_papers_protocol_at_x2(name: str) -> None:
    network = create(SMALL[name], scale=2)
    network.eval()
    image = photograph(64, 92)
    restored = paper_protocol(image, PaddleRunner(network))
    assert restored.image.shape == (120, 176, 3)
    assert restored.computed.tolist() == [2 * 3 * 32**2]


def test_an_untrained_correction_of_zero_is_bicubic() -> None:
    image = photograph(20, 24)
    lr = paddle.to_tensor((image / np.float32(255)).transpose(2, 0, 1)[None])
    enlarged = enlarge_bicubic(lr, scale=2).numpy()[0].transpose(1, 2, 0)
    expected = imresize(image.astype(np.float32) / 255, scale=2)
    np.testing.assert_allclose(enlarged[4:-4, 4:-4], expected[4:-4, 4:-4], atol=1e-5)
