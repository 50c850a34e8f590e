"""The networks: shapes, scales, initialisations and mixing."""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest
from paddle import nn

from classsr.evaluation.metrics import psnr
from classsr.images.resize import imresize
from classsr.models.backbones import BACKBONES
from classsr.models.backbones.fsrcnn import FSRCNN
from classsr.models.classifier import PATCH, Classifier
from classsr.models.classsr import ClassSR, mixture
from classsr.models.deploy import deploy
from classsr.models.layers import Conv2D, Conv2DTranspose, LeakyReLU
from classsr.models.spec import create
from classsr.runtime.pixels import to_batch, to_uint8
from samples import photograph

SMALL = {
    "FSRCNN": {"d": 16},
    "CARN": {"nf": 16},
    "SRResNet": {"nf": 8, "nb": 2},
    "RCAN": {"n_feats": 8, "n_resgroups": 2, "n_resblocks": 2, "reduction": 4},
    "SESR": {"m": 2, "f": 8, "expansion": 16},
    "Linear": {},
    "VDSR": {"nf": 8, "nb": 2},
    "FullCARN": {"nf": 8, "multi_scale": True},
    "SRFBN": {"m": 8, "groups": 2, "steps": 2},
}


def tiles(number: int, *, seed: int = 0) -> paddle.Tensor:
    rng = np.random.default_rng(seed)
    return paddle.to_tensor(rng.random((number, 3, 32, 32), dtype=np.float32))


def small_classsr(num_classes: int = 3) -> ClassSR:
    paddle.seed(0)
    branches = [{"type": "FSRCNN", "d": 8 + 4 * i} for i in range(num_classes)]
    return create({"type": "ClassSR", "branches": branches}, scale=4)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_enlarges_by_the_scale(backbone: str, scale: int) -> None:
    network = create({"type": backbone, **SMALL.get(backbone, {})}, scale=scale)
    assert network(tiles(1)[:, :, :9, :14]).shape == [1, 3, 9 * scale, 14 * scale]


@pytest.mark.parametrize(
    ("ours", "paddles", "arguments"),
    [
        (Conv2D, nn.Conv2D, {"kernel_size": 3, "padding": 1, "groups": 2}),
        (Conv2D, nn.Conv2D, {"kernel_size": 5, "stride": 2}),
        (Conv2DTranspose, nn.Conv2DTranspose, {"kernel_size": 9, "stride": 4, "padding": 3}),
    ],
)
def test_convolutions_are_paddles(
    ours: type[nn.Layer], paddles: type[nn.Layer], arguments: dict[str, int]
) -> None:
    paddle.seed(0)
    theirs, layer = (kind(6, 4, **arguments) for kind in (paddles, ours))
    theirs.bias.set_value(paddle.rand([4]))
    layer.set_state_dict(theirs.state_dict())
    x = paddle.rand([2, 6, 12, 10])
    expected, found = theirs(x), layer(x)
    np.testing.assert_array_equal(found.numpy(), expected.numpy())
    weights = paddle.rand(expected.shape)
    for network, y in ((theirs, expected), (layer, found)):
        (y * weights).sum().backward()
        assert all(parameter.grad is not None for parameter in network.parameters())
    for a, b in zip(layer.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-5)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_fsrcnn_can_start_as_an_interpolation(scale: int) -> None:
    paddle.seed(0)
    network = FSRCNN(scale=scale, d=16, init="bicubic")
    hr = photograph(48 * scale, 40 * scale)
    lr = imresize(hr, scale=1 / scale)
    with paddle.no_grad():
        sr = to_uint8(network(paddle.to_tensor(to_batch(lr[None]))).numpy())[0]
    bicubic = imresize(lr, size=hr.shape[:2])
    assert psnr(sr, hr, crop_border=4) > psnr(bicubic, hr, crop_border=4) - 1.0


def test_published_initialisation_starts_small() -> None:
    paddle.seed(0)
    network = FSRCNN(d=56)
    weight = network.body_conv[1].weight.numpy()
    assert weight.std() == pytest.approx(0.1 * np.sqrt(2 / (12 * 9)), rel=0.1)
    assert not network.head_conv[0].bias.numpy().any()


def test_the_classifier_can_start_ten_times_larger() -> None:
    published, kaiming = (
        create(
            {"type": "ClassSR", "branches": [{"type": "FSRCNN"}] * 2, "classifier": {"init": init}},
            scale=4,
        )
        .classifier.features[2]
        .weight.numpy()
        .std()
        for init in ("published", "kaiming")
    )
    assert kaiming == pytest.approx(10 * published, rel=0.05)


def test_the_logits_of_a_tile_are_the_mean_of_its_patches() -> None:
    classifier, lr = small_classsr().classifier, tiles(3)
    patches = classifier.of_patches(lr)
    assert patches.shape == [3, lr.shape[2] // PATCH, lr.shape[3] // PATCH, 3]
    np.testing.assert_allclose(patches.mean(axis=[1, 2]), classifier(lr), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("num_classes", [2, 3, 5])
def test_mixture_is_the_probability_weighted_sum(num_classes: int) -> None:
    network = small_classsr(num_classes)
    network.eval()
    lr = tiles(4)
    results, logits = network(lr)
    probabilities = F.softmax(logits, axis=1)
    sr = mixture(results, probabilities)
    assert probabilities.shape == [4, num_classes]
    np.testing.assert_allclose(probabilities.sum(axis=1).numpy(), 1, rtol=1e-6)
    outputs = np.stack([branch(lr).numpy() for branch in network.branches], axis=1)
    expected = (outputs * probabilities.numpy()[:, :, None, None, None]).sum(axis=1)
    np.testing.assert_allclose(sr.numpy(), expected, rtol=1e-4, atol=1e-6)


def test_frozen_branches_keep_their_state() -> None:
    paddle.seed(0)
    branch = {"type": "CARN", "nf": 8}
    network = create({"type": "ClassSR", "branches": [branch, branch]}, scale=4)
    network.freeze_branches()
    network.train()
    before = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    adam = paddle.optimizer.Adam(
        0.01, parameters=[p for p in network.parameters() if not p.stop_gradient]
    )
    results, logits = network(tiles(2))
    mixture(results, F.softmax(logits, axis=1)).mean().backward()
    adam.step()
    for name, tensor in network.state_dict().items():
        changed = not np.array_equal(tensor.numpy(), before[name])
        assert changed == name.startswith("classifier"), name


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_deployed_form_computes_the_same(backbone: str, scale: int) -> None:
    network = create({"type": backbone, **SMALL[backbone]}, scale=scale)
    network.eval()
    lr = tiles(2)[:, :, :9, :14]
    before = network(lr).numpy()
    own = [type(layer) for layer in network.sublayers()]
    deployed = deploy(network)
    np.testing.assert_allclose(deployed(lr).numpy(), before, atol=2e-5)
    kinds = {type(layer) for layer in deployed.sublayers(include_self=True)}
    assert not kinds & {Conv2D, Conv2DTranspose, LeakyReLU}
    assert [type(layer) for layer in network.sublayers()] == own  # it is a copy


def test_the_deployed_classifier_computes_the_same() -> None:
    classifier = Classifier(num_classes=4, init="kaiming")
    np.testing.assert_allclose(
        deploy(classifier)(tiles(3)).numpy(), classifier(tiles(3)).numpy(), atol=1e-5
    )
