"""The network of published weights is recognised from their names and shapes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

from alignment import paper_spec, published_weights, read
from classsr.checkpoints.load import load_published, open_network
from classsr.checkpoints.native import save_network
from classsr.checkpoints.published.writer import write_npz, write_pth
from classsr.checkpoints.recognise import recognise
from classsr.checkpoints.torch_names import to_published
from classsr.errors import ClassSRError
from classsr.models.spec import classsr_spec, create

NETWORKS: dict[str, tuple[dict[str, Any], int, int | None]] = {
    "FSRCNN": ({"type": "FSRCNN", "d": 9, "s": 5, "m": 2}, 3, None),
    "CARN x2": ({"type": "CARN", "nf": 12, "group": 2}, 2, 2),
    "CARN x4": ({"type": "CARN", "nf": 8, "group": 4}, 4, 4),
    "SRResNet x3": ({"type": "SRResNet", "nf": 6, "nb": 3}, 3, 3),
    "RCAN": (
        {"type": "RCAN", "n_feats": 16, "n_resgroups": 2, "n_resblocks": 3, "reduction": 8},
        4,
        4,
    ),
    "VDSR": ({"type": "VDSR", "nf": 6, "nb": 3}, 2, None),
    "FullCARN x3": ({"type": "FullCARN", "nf": 4, "multi_scale": False}, 3, 3),
    "FullCARN": ({"type": "FullCARN", "nf": 4, "multi_scale": True}, 2, None),
    "SRFBN": ({"type": "SRFBN", "m": 4, "groups": 2}, 2, 2),
}


def shapes(spec: dict[str, Any], scale: int) -> dict[str, tuple[int, ...]]:
    return {name: a.shape for name, a in to_published(create(spec, scale=scale)).items()}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_backbone_and_its_sizes(name: str) -> None:
    spec, scale, told = NETWORKS[name]
    found = recognise(shapes(spec, scale))
    assert (found.spec, found.scale) == (spec, told)
    assert bool(found.assumed) == (spec["type"] in ("RCAN", "SRFBN"))


@pytest.mark.parametrize("backbone", ["FSRCNN", "CARN", "SRResNet"])
def test_classsr_and_its_branches(backbone: str) -> None:
    found = recognise(shapes(paper_spec(backbone), 4))
    for branch, described in zip(
        found.spec["branches"], paper_spec(backbone)["branches"], strict=True
    ):
        assert described.items() <= branch.items()
    assert found.scale == (None if backbone == "FSRCNN" else 4)


def test_branches_of_several_backbones() -> None:
    branches = [NETWORKS["FSRCNN"][0], NETWORKS["CARN x2"][0]]
    found = recognise(shapes({"type": "ClassSR", "branches": branches}, 2))
    assert (found.spec["branches"], found.scale) == (branches, 2)


def test_the_published_reduction_goes_before_others_of_the_same_layers() -> None:
    spec = {"type": "RCAN", "n_feats": 36, "n_resgroups": 1, "n_resblocks": 1}
    assert recognise(shapes(spec, 4)).spec["reduction"] == 16


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"entry.weight": None}, r"not known here \(.*known are ClassSR and FSRCNN, CARN"),
        ({"b1.b1.body.0.weight": ()}, "has names of CARN, but arrays that do not fit"),
        ({"b1.b1.body.0.weight": (12, 0, 3, 3)}, "holds empty arrays"),
        ({"upsample.up.body.0.weight": (60, 6, 3, 3)}, "has names of CARN, but"),
    ],
)
def test_other_weights_are_refused(changes: dict[str, Any], reason: str) -> None:
    found = shapes(*NETWORKS["CARN x2"][:2]) | changes
    with pytest.raises(ClassSRError, match=reason):
        recognise({name: shape for name, shape in found.items() if shape is not None})


# --- files of published weights -------------------------------------------------------------


def test_what_weights_do_not_tell_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("classsr"), "propagate", True)
    caplog.set_level(logging.INFO, logger="classsr")
    for name in ("FSRCNN", "RCAN"):
        spec, scale, _ = NETWORKS[name]
        write_pth(tmp_path / "x.pth", to_published(create(spec, scale=scale)))
        load_published(tmp_path / "x.pth")
    assert "do not tell the scale: x4 is taken" in caplog.text
    assert "do not tell the range of RCAN's images: 0..255 is taken" in caplog.text
    network, _ = load_published(tmp_path / "x.pth", scale=4)
    assert network.scale == 4
    with pytest.raises(ClassSRError, match=r"x\.pth: enlarges 4 times, not 2"):
        load_published(tmp_path / "x.pth", scale=2)


@pytest.mark.parametrize("name", ["CARN x2", "RCAN"])
def test_constants_that_a_file_leaves_out_are_the_papers(tmp_path: Path, name: str) -> None:
    spec, scale, _ = NETWORKS[name]
    network = create(spec, scale=scale)
    network.eval()
    arrays = to_published(network)
    write_npz(tmp_path / "x.npz", {k: a for k, a in arrays.items() if "_mean." not in k})
    loaded, _ = open_network(tmp_path / "x.npz")
    lr = paddle.rand([1, 3, 8, 8])
    np.testing.assert_array_equal(loaded(lr).numpy(), network(lr).numpy())


@pytest.mark.parametrize("where", ["branches.1.head_conv.0.weight", "classifier.features.0.weight"])
def test_finite_weights_that_overflow_are_refused(tmp_path: Path, where: str) -> None:
    spec = classsr_spec([{"type": "FSRCNN", "d": d, "s": 4, "m": 1} for d in (4, 8)])
    network = create(spec, scale=4)
    save_network(tmp_path / "x.safetensors", network, spec=spec)
    open_network(tmp_path / "x.safetensors")
    weight = network.state_dict()[where]
    weight.set_value(paddle.full_like(weight, 3e38))
    save_network(tmp_path / "x.safetensors", network, spec=spec)
    name = "branch 2" if where.startswith("branches") else "the classifier"
    with pytest.raises(ClassSRError, match=rf"x\.safetensors: {name} overflows"):
        open_network(tmp_path / "x.safetensors")


def test_any_file_opens_as_its_network(tmp_path: Path) -> None:
    spec = {"type": "FSRCNN", "d": 16, "s": 12, "m": 4}
    write_pth(tmp_path / "x.pth", published_weights(read("fsrcnn_16")))
    network, found = open_network(tmp_path / "x.pth")
    assert found == spec
    save_network(tmp_path / "x.safetensors", network, spec=spec)
    native, found = open_network(tmp_path / "x.safetensors")
    assert found == spec
    lr = paddle.rand([1, 3, 8, 8])
    np.testing.assert_array_equal(native(lr).numpy(), network(lr).numpy())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    arrays = published_weights(read("fsrcnn_16"))
    arrays["head_conv.0.bias"] = np.full(16, value, np.float32)
    write_pth(tmp_path / "x.pth", arrays)
    with pytest.raises(ClassSRError, match=r"x\.pth: .*not finite: head_conv\.0\.bias"):
        open_network(tmp_path / "x.pth")
