"""OpenVINO against Paddle, several calls at once, and how a runner is chosen."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import paddle
import pytest

from classsr.errors import ClassSRError
from classsr.inference.full_protocol import full_protocol
from classsr.inference.paper_protocol import paper_protocol
from classsr.models.spec import classsr_spec, create
from classsr.runtime import select as choose
from classsr.runtime.export import export
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.pixels import to_batch
from classsr.runtime.select import choose_runner, exported_runner

BACKBONES = {
    "FSRCNN": [{"type": "FSRCNN", "d": d, "init": "bicubic"} for d in (12, 16)],
    "CARN": [{"type": "CARN", "nf": nf} for nf in (12, 16)],
    "SRResNet": [{"type": "SRResNet", "nf": nf, "nb": 2} for nf in (12, 16)],
    "RCAN": [
        {"type": "RCAN", "n_feats": n, "n_resgroups": 1, "n_resblocks": 2, "reduction": 4}
        for n in (12, 16)
    ],
    "SESR": [{"type": "Linear"}, {"type": "SESR", "m": 2, "f": 16, "expansion": 32}],
}


def network(backbone: str) -> paddle.nn.Layer:
    paddle.seed(3)
    built = create(classsr_spec(BACKBONES[backbone]), scale=4)
    built.eval()
    return built


@pytest.fixture
def openvino() -> None:
    pytest.importorskip("openvino")
    pytest.importorskip("paddle2onnx")


@pytest.mark.usefixtures("openvino")
@pytest.mark.parametrize("backend", ["inference", "openvino"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_others_agree_with_paddle_in_float32(backbone: str, backend: choose.Backend) -> None:
    built = network(backbone)
    reference = PaddleRunner(built)
    runner = choose_runner(built, backend=backend, precision="float32")
    rng = np.random.default_rng(0)
    for shape in [(1, 3, 32, 32), (5, 3, 36, 68)]:
        tiles = rng.random(shape, dtype=np.float32)
        np.testing.assert_allclose(runner.classify(tiles), reference.classify(tiles), atol=1e-4)
        for branch in range(2):
            expected = reference.run_branch(tiles, branch)
            bound = 1e-4 * max(1, np.ptp(expected))
            np.testing.assert_allclose(runner.run_branch(tiles, branch), expected, atol=bound)


@pytest.mark.usefixtures("openvino")
@pytest.mark.parametrize("backend", ["paddle", "inference", "openvino"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_bytes_in_and_out_are_the_floats_rounded(backbone: str, backend: choose.Backend) -> None:
    runner = choose_runner(network(backbone), backend=backend, precision="float32")
    rng = np.random.default_rng(0)
    for shape in [(1, 32, 32, 3), (3, 36, 68, 3)]:
        tiles = rng.integers(0, 256, shape, dtype=np.uint8)
        np.testing.assert_allclose(
            runner.classify(tiles), runner.classify(to_batch(tiles)), atol=1e-4
        )
        for branch in range(2):
            expected = 255 * runner.run_branch(to_batch(tiles), branch).transpose(0, 2, 3, 1)
            found = runner.run_branch(tiles, branch)
            assert found.dtype == np.uint8
            levels = np.abs(np.rint(expected.clip(0, 255)) - found)
            assert levels.max() <= 1
            assert np.mean(levels > 0) <= 1e-3


@pytest.mark.usefixtures("openvino")
def test_protocols_give_the_same_image_on_both_runners(tmp_path: Path) -> None:
    built = network("FSRCNN")
    export(built, tmp_path, spec=classsr_spec(BACKBONES["FSRCNN"]))
    image = np.random.default_rng(1).integers(0, 256, (150, 110, 3), dtype=np.uint8)
    runners = [
        PaddleRunner(built),
        choose_runner(built, backend="openvino", precision="float32"),
        exported_runner(tmp_path, precision="float32"),
    ]
    for protocol, bound in ((paper_protocol, 1.01), (full_protocol, 0.03)):  # one rounds to 8 bit
        expected, *others = (protocol(image, runner) for runner in runners)
        for other in others:
            np.testing.assert_array_equal(other.classes, expected.classes)
            np.testing.assert_allclose(other.image, expected.image, atol=bound)


@pytest.mark.usefixtures("openvino")
def test_bfloat16_is_close_and_leaves_the_classes() -> None:
    from classsr.runtime.openvino_runner import computes_bfloat16

    if not computes_bfloat16():
        pytest.skip("this processor does not compute bfloat16")
    built = network("SRResNet")
    runner = choose_runner(built, backend="openvino", precision="bfloat16")
    reference = PaddleRunner(built)
    tiles = np.random.default_rng(0).random((6, 3, 32, 32), dtype=np.float32)
    np.testing.assert_allclose(runner.classify(tiles), reference.classify(tiles), atol=1e-4)
    error = np.abs(runner.run_branch(tiles, 1) - reference.run_branch(tiles, 1)).max()
    assert 1e-5 < error < 0.02


@pytest.mark.usefixtures("openvino")
@pytest.mark.parametrize(
    ("wish", "native", "errors", "expected"),
    [
        ("auto", False, [0.0, 0.0], [False, False]),
        ("bfloat16", False, [0.0, 0.0], [True, True]),
        ("auto", True, [0.7, 0.1], [False, True]),
        ("bfloat16", True, [0.3, 0.7], [True, False]),
        ("float32", True, [0.0, 0.0], [False, False]),
    ],
)
def test_each_branch_has_its_precision(
    wish: choose.Precision,
    native: bool,
    errors: list[float],
    expected: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from classsr.runtime import openvino_runner

    remaining = iter(errors)
    monkeypatch.setattr(openvino_runner, "computes_bfloat16", lambda: native)
    monkeypatch.setattr(openvino_runner, "bfloat16_error", lambda onnx: next(remaining))
    chosen, why = choose.choose_precisions([b"", b""], wish)
    assert chosen == expected
    assert ("bfloat16 (" in why) == any(expected)


@pytest.mark.usefixtures("openvino")
def test_measures_the_error_of_bfloat16() -> None:
    from classsr.runtime.openvino_runner import bfloat16_error

    fsrcnn = network("FSRCNN").branches[1]
    assert 0 <= bfloat16_error(choose.to_onnx(fsrcnn)) < 5


def test_says_what_it_chose_and_why(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = network("FSRCNN")
    monkeypatch.setattr(logging.getLogger("classsr"), "propagate", True)
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    with caplog.at_level(logging.INFO, logger="classsr"):
        runner = choose_runner(built)
    assert isinstance(runner, PaddleRunner)
    assert "openvino and paddle2onnx not installed" in caplog.text
    with pytest.raises(ClassSRError, match=r"pip install 'classsr\[openvino\]'"):
        choose_runner(built, backend="openvino")
    with pytest.raises(ClassSRError, match="only the OpenVINO backend"):
        choose_runner(built, backend="paddle", precision="bfloat16")


def test_a_gpu_is_left_to_paddle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paddle, "get_device", lambda: "gpu:0")
    assert choose.choose_backend("auto", packages=()) == ("paddle", "OpenVINO is for CPUs")


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_paddle_runner_leaves_gradients_on(dtype: type) -> None:
    built = network("SRResNet")
    runner = PaddleRunner(built)
    shape = (1, 8, 8, 3) if dtype is np.uint8 else (1, 3, 8, 8)
    runner.classify(np.zeros(shape, dtype))
    runner.run_branch(np.zeros(shape, dtype), 1)
    weight = paddle.ones([1])
    weight.stop_gradient = False
    (2 * weight).backward()
    assert weight.grad.item() == 2
