"""SESR and the linear branch: collapsing, constant images, costs, and how they start."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

from classsr.checkpoints.native import load_network, save_network
from classsr.images.resize import imresize
from classsr.models.backbones.linear import Linear, bicubic_kernel
from classsr.models.backbones.sesr import SESR
from classsr.models.classsr import ClassSR
from classsr.models.collapsible import Collapsible, LinearBlock, collapsed, collapsed_spec
from classsr.models.flops import count
from classsr.models.layers import Conv2D, PReLU, count_parameters
from classsr.models.spec import classsr_spec, create
from classsr.runtime.graphs import onnx_of, save_inference_model, to_onnx
from classsr.runtime.pixels import to_batch, to_uint8
from samples import photograph

SPECS = [
    {"type": "Linear", "collapsed": False},
    {"type": "SESR", "m": 2, "f": 8, "expansion": 16, "collapsed": False},
]


def trained(spec: dict[str, object]) -> paddle.nn.Layer:
    """A network whose weights are as far from their start as training may take them."""
    paddle.seed(1)
    network = create(spec, scale=4)
    for parameter in network.parameters():
        parameter.set_value(parameter + 0.05 * paddle.randn(parameter.shape))
    network.eval()
    return network


def tiles(number: int) -> paddle.Tensor:
    rng = np.random.default_rng(0)
    return paddle.to_tensor(rng.random((number, 3, 20, 17), dtype=np.float32))


@pytest.mark.parametrize("residual", [False, True])
def test_a_block_is_its_two_convolutions_and_the_input(residual: bool) -> None:
    paddle.seed(0)
    block = LinearBlock(4, 4, 3, padding=1, expansion=24, residual=residual)
    x = paddle.randn([2, 4, 9, 8])
    wide = F.conv2d(x, block.expand, padding=1)
    expected = F.conv2d(wide, block.project.unsqueeze([2, 3])) + (x if residual else 0)
    np.testing.assert_allclose(block(x).numpy(), expected.numpy(), atol=1e-5)


def test_a_block_takes_off_the_mean_of_its_taps() -> None:
    paddle.seed(0)
    block = LinearBlock(3, 4, 5, padding=0, expansion=24, zero_sum=True)
    sums = block.weight.sum(axis=[2, 3]).numpy()
    np.testing.assert_allclose(sums, 0, atol=1e-6)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["type"])
def test_collapsing_changes_no_result(spec: dict[str, object]) -> None:
    network = trained(spec)
    plain, x = collapsed(network), tiles(2)
    assert any(isinstance(layer, Collapsible) for layer in network.sublayers())
    assert not any(isinstance(layer, Collapsible) for layer in plain.sublayers())
    np.testing.assert_allclose(plain(x).numpy(), network(x).numpy(), atol=1e-6)


def test_a_collapsed_network_has_a_checkpoint_of_its_own(tmp_path: Path) -> None:
    spec = classsr_spec([{"type": "FSRCNN", "d": 8}, *SPECS])
    network = create(spec, scale=4)
    save_network(tmp_path / "x.safetensors", collapsed(network), spec=collapsed_spec(spec))
    loaded, found = load_network(tmp_path / "x.safetensors")
    assert isinstance(loaded, ClassSR)
    assert [branch.get("collapsed") for branch in found["branches"]] == [None, True, True]
    for branch, expected in zip(loaded.branches, network.branches, strict=True):
        np.testing.assert_allclose(branch(tiles(1)), expected(tiles(1)), atol=1e-6)


def test_the_exported_graph_is_a_plain_chain(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("paddle2onnx")
    model = onnx_of(*save_inference_model(trained(SPECS[1]), tmp_path / "network"))
    operations = [node.op_type for node in onnx.load_from_string(model).graph.node]
    assert operations.count("Conv") == 5  # two in the ends, two in the body, the skip's
    assert operations.count("PRelu") == 3
    assert "MatMul" not in operations


@pytest.mark.parametrize(("m", "f"), [(4, 16), (6, 32)])
def test_flops_and_parameters_are_those_of_the_collapsed_network(m: int, f: int) -> None:
    network = SESR(m=m, f=f)
    weights = 3 * f * 25 + m * f * f * 9 + f * 48 * 9
    assert count(network).paper == count(collapsed(network)).paper == 2 * 32 * 32 * weights
    assert count_parameters(collapsed(network)) == weights + (m + 1) * f


def test_flops_of_the_linear_branch() -> None:
    assert count(Linear()).paper == 2 * 32 * 32 * 48 * 3 * 25


@pytest.mark.parametrize("precision", ["f32", "bf16"])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["type"])
def test_images_of_one_colour_keep_it(spec: dict[str, object], precision: str) -> None:
    """All grey levels, and all levels of the pure colours, in the runtime that is used most."""
    openvino = pytest.importorskip("openvino")
    pytest.importorskip("paddle2onnx")
    model = openvino.Core().compile_model(
        openvino.Core().read_model(to_onnx(trained(spec))),
        "CPU",
        {"INFERENCE_PRECISION_HINT": precision},
    )
    masks = [mask for mask in itertools.product((0, 1), repeat=3) if any(mask)]
    levels = np.arange(256)[:, None] * np.array(masks)[:, None, :]
    flat = np.broadcast_to(
        levels.reshape(-1, 1, 1, 3).astype(np.uint8), (256 * len(masks), 9, 11, 3)
    )
    (sr,) = model(to_batch(flat)).values()
    expected = flat.repeat(4, axis=1).repeat(4, axis=2)
    np.testing.assert_allclose(to_uint8(sr), expected, atol=0 if precision == "f32" else 2)


def test_the_linear_branch_starts_as_bicubic() -> None:
    lr = imresize(photograph(96, 80), scale=0.5)
    with paddle.no_grad():
        sr = to_uint8(Linear()(paddle.to_tensor(to_batch(lr[None]))).numpy())[0]
    bicubic = imresize(lr, scale=4)
    inside = (slice(12, -12), slice(12, -12))  # imresize clamps the edges in its own way
    assert np.abs(sr[inside].astype(int) - bicubic[inside]).max() <= 1


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_taps_of_bicubic_sum_to_one(scale: int) -> None:
    sums = bicubic_kernel(scale).sum(axis=(2, 3))
    np.testing.assert_allclose(sums, np.repeat(np.eye(3), scale**2, axis=0), atol=1e-6)


def test_a_prelu_is_paddles() -> None:
    paddle.seed(0)
    layer, x = PReLU(6), paddle.randn([2, 6, 5, 4])
    slopes = paddle.rand([6])
    layer._weight.set_value(slopes)
    np.testing.assert_allclose(layer(x).numpy(), F.prelu(x, slopes).numpy(), rtol=1e-6)
    layer(x).sum().backward()
    negative = F.relu(-x).sum(axis=[0, 2, 3])
    np.testing.assert_allclose(layer._weight.grad.numpy(), -negative.numpy(), rtol=1e-5)


def test_a_network_learns_from_its_start() -> None:
    paddle.seed(0)
    network = SESR(m=1, f=8, expansion=32)
    hr = photograph(64, 64)
    lr = paddle.to_tensor(to_batch(imresize(hr, scale=0.25)[None]))
    target = paddle.to_tensor(to_batch(hr[None]))
    optimizer = paddle.optimizer.Adam(1e-3, parameters=network.parameters())
    losses = []
    for _ in range(60):
        loss = F.l1_loss(network(lr), target)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()
        losses.append(float(loss))
    assert losses[-1] < 0.8 * losses[0]


def test_a_collapsed_layer_is_a_plain_convolution() -> None:
    assert isinstance(collapsed(SESR(m=1, f=8, expansion=8)).exit, Conv2D)


def test_a_collapsed_checkpoint_loads_and_computes_the_same(tmp_path: Path) -> None:
    network = trained(SPECS[1])
    path = tmp_path / "short.safetensors"
    save_network(path, collapsed(network), spec=collapsed_spec(SPECS[1]))
    loaded, spec = load_network(path)
    assert spec["collapsed"] is True
    np.testing.assert_allclose(loaded(tiles(1)), network(tiles(1)), atol=1e-6)
