"""Networks that paddle2onnx cannot convert: it ends its process, never ours."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import paddle
import pytest
from paddle import nn

from classsr.models.backbones import BACKBONES
from classsr.models.spec import create
from classsr.runtime import conversion
from classsr.runtime.conversion import ConversionError, unknown_operators
from classsr.runtime.graphs import save_inference_model, to_onnx
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.select import choose_runner


class Enlarging(nn.Layer):
    """Layers that users like and paddle2onnx ends on."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = 4
        self.body = nn.Sequential(
            nn.Conv2D(3, 4, 3, padding=1),
            nn.GELU(),
            nn.Upsample(scale_factor=4, mode="bicubic"),
            nn.Conv2D(4, 3, 1),
        )

    def forward(self, lr: paddle.Tensor) -> paddle.Tensor:
        return self.body(lr)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_shipped_backbones_convert_in_this_process(backbone: str, tmp_path: Path) -> None:
    small = {"n_resgroups": 1, "n_resblocks": 1} if backbone == "RCAN" else {}
    network = create({"type": backbone, **small}, scale=4)
    graph, _ = save_inference_model(network, tmp_path / "network")
    assert unknown_operators(graph) == set()


def test_a_network_without_a_form_in_onnx_runs_in_paddle(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("paddle2onnx")
    pytest.importorskip("openvino")
    network = Enlarging()
    network.eval()
    with pytest.raises(ConversionError, match=r"bicubic_interp, gelu") as caught:
        to_onnx(network)
    assert "\n" not in str(caught.value)

    def refused(*_: object, unknown: set[str], **__: object) -> bytes:
        raise ConversionError(f"cannot be written as ONNX: {sorted(unknown)}")

    # The process above is slow to start; what follows needs its answer alone.
    monkeypatch.setattr("classsr.runtime.graphs.convert_in_own_process", refused)
    assert conversion.ConversionError is ConversionError
    logging.getLogger("classsr").propagate = True
    with caplog.at_level(logging.WARNING, logger="classsr"):
        runner = choose_runner(network)
    assert isinstance(runner, PaddleRunner)
    assert "runner: Paddle on the CPU in float32 (the network cannot be written" in caplog.text
    assert runner.run_branch(np.zeros((1, 3, 8, 8), np.float32), 0).shape == (1, 3, 32, 32)
    with pytest.raises(ConversionError):
        choose_runner(network, backend="openvino")
