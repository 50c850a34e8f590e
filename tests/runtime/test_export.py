"""Exported folders: whole, described, and the same numbers in other runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

from classsr.errors import ClassSRError
from classsr.models.spec import classsr_spec, create
from classsr.runtime.export import MANIFEST, export, read_manifest
from classsr.runtime.paddle_runner import PaddleRunner

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("paddle2onnx")

SMALL: dict[str, dict[str, Any]] = {
    "FSRCNN": {"type": "FSRCNN", "d": 16, "init": "bicubic"},
    "CARN": {"type": "CARN", "nf": 16},
    "SRResNet": {"type": "SRResNet", "nf": 16, "nb": 2},
    "RCAN": {"type": "RCAN", "n_feats": 16, "n_resgroups": 1, "n_resblocks": 2, "reduction": 8},
    "SESR": {"type": "SESR", "m": 2, "f": 16, "expansion": 32},
    "Linear": {"type": "Linear"},
}
WIDER = {"FSRCNN": {"d": 20}, "CARN": {"nf": 24}, "SRResNet": {"nf": 20}, "RCAN": {"n_feats": 24}}
SHAPES = [(1, 3, 32, 32), (3, 3, 36, 68), (2, 3, 20, 41)]


def network(spec: dict[str, Any], *, scale: int = 4) -> paddle.nn.Layer:
    paddle.seed(0)
    built = create(spec, scale=scale)
    built.eval()
    return built


def session(path: Path) -> Any:
    return onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("backbone", SMALL)
@pytest.mark.parametrize("scale", [2, 4])
def test_onnx_and_paddle_inference_give_the_same_numbers(
    backbone: str, scale: int, tmp_path: Path
) -> None:
    spec = classsr_spec([SMALL[backbone], SMALL[backbone] | WIDER[backbone]])
    built = network(spec, scale=scale)
    export(built, tmp_path, spec=spec)
    runner = PaddleRunner(built)
    rng = np.random.default_rng(0)
    for path in sorted(tmp_path.glob("*.onnx")):
        onnx.checker.check_model(onnx.load(path), full_check=True)
        run, loaded = session(path), paddle.jit.load(str(path.with_suffix("")))
        for shape in SHAPES:
            tiles = rng.random(shape, dtype=np.float32)
            if path.stem == "classifier":
                expected = runner.classify(tiles)
            else:
                expected = runner.run_branch(tiles, int(path.stem.removeprefix("branch")) - 1)
            (by_onnx,) = run.run(None, {"lr": tiles})
            bound = 1e-4 * max(np.ptp(expected), 1)
            np.testing.assert_allclose(by_onnx, expected, atol=bound)
            by_paddle = loaded(paddle.to_tensor(tiles)).numpy()
            np.testing.assert_allclose(by_paddle, expected, atol=bound)


def test_manifest_describes_the_folder(tmp_path: Path) -> None:
    spec = classsr_spec([{"type": "FSRCNN", "d": d} for d in (16, 36, 56)])
    written = export(network(spec), tmp_path / "new" / "folder", spec=spec)
    manifest = read_manifest(tmp_path / "new" / "folder")
    assert manifest == written
    assert (manifest.scale, manifest.tile, manifest.range) == (4, 32, (0.0, 1.0))
    assert [round(branch.flops / 1e6, 2) for branch in manifest.branches] == [
        141.26,
        304.57,
        467.88,
    ]
    assert manifest.classifier is not None
    assert round(manifest.classifier.flops / 1e6, 2) == 7.60
    assert len(manifest.sha256) == 4 * 3


def test_plain_network_has_no_classifier(tmp_path: Path) -> None:
    manifest = export(network(SMALL["FSRCNN"]), tmp_path, spec=SMALL["FSRCNN"])
    assert manifest.classifier is None
    assert sorted(manifest.sha256) == ["branch1.json", "branch1.onnx", "branch1.pdiparams"]


def test_refuses_what_is_not_whole(tmp_path: Path) -> None:
    with pytest.raises(ClassSRError, match="cannot be read"):
        read_manifest(tmp_path)
    export(network(SMALL["FSRCNN"]), tmp_path, spec=SMALL["FSRCNN"])
    with (tmp_path / "branch1.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ClassSRError, match=r"branch1\.onnx: is missing or has changed"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(ClassSRError, match="no manifest of this version"):
        read_manifest(tmp_path)
