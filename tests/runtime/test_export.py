"""Exported folders: whole, described, and the same numbers in other runtimes."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest

from classsr.errors import ClassSRError
from classsr.models.spec import classsr_spec, create
from classsr.runtime.export import MANIFEST, ExportManifest, export, read_manifest
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.select import exported_runner
from classsr.system.files import checksum

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
WIDER: dict[str, dict[str, Any]] = {
    "FSRCNN": {"d": 20},
    "CARN": {"nf": 24},
    "SRResNet": {"nf": 20},
    "RCAN": {"n_feats": 24},
    "SESR": {"f": 20},
    "Linear": {"type": "SESR", "m": 1, "f": 8, "expansion": 8},  # a Linear has but one width
}
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


FILES = {"branch1.onnx": "0" * 64, "branch2.onnx": "0" * 64, "classifier.onnx": "0" * 64}
SOUND: dict[str, Any] = {
    "network": {"type": "ClassSR", "branches": [{"type": "FSRCNN", "d": d} for d in (16, 36)]},
    "scale": 4,
    "classifier": {"name": "classifier", "flops": 7, "flops_exact": 7},
    "branches": [{"name": f"branch{n}", "flops": n, "flops_exact": n} for n in (1, 2)],
    "sha256": FILES,
}


def test_the_manifest_that_the_next_test_changes() -> None:
    assert ExportManifest(**SOUND).scale == 4


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sha256": {}}, r"no checksum of branch1\.onnx, branch2\.onnx, classifier\.onnx"),
        ({"sha256": {n: c for n, c in FILES.items() if n != "branch2.onnx"}}, r"of branch2\.onnx"),
        ({"sha256": FILES | {"../x": "0" * 64}}, "should match pattern"),
        ({"sha256": FILES | {"/etc/passwd": "0" * 64}}, "should match pattern"),
        ({"sha256": FILES | {"x\0.onnx": "0" * 64}}, "should match pattern"),
        ({"sha256": FILES | {"x": "0"}}, "should match pattern"),
        (
            {"classifier": {"name": "../../x", "flops": 7, "flops_exact": 7}},
            r"classifier\.name: String should match",
        ),
        ({"scale": 0}, "scale 0: expected one of"),
        ({"scale": 10**6}, "scale 1000000: expected one of"),
        ({"tile": 0}, "tile: Input should be greater"),
        ({"branches": SOUND["branches"][::-1]}, "in the order of their flops"),
        ({"branches": SOUND["branches"][:1]}, "network has 2 branches, branches has 1"),
        (
            {"branches": [{"name": "branch1", "flops": 0, "flops_exact": 1}]},
            r"branches\.0\.flops: Input should be greater than 0",
        ),
        ({"classifier": None}, "ClassSR has a classifier"),
        (
            {"branches": [b | {"name": "branch1"} for b in SOUND["branches"]]},
            "expected the names classifier, branch1, branch2",
        ),
        (
            {"classifier": SOUND["classifier"] | {"name": "branch1"}},
            "expected the names classifier, branch1, branch2",
        ),
        (
            {"branches": [b | {"flops": 10**30} for b in SOUND["branches"]]},
            r"branches\.0\.flops: Input should be less",
        ),
        ({"range": [0, 255]}, "range must be 0 to 1"),
        ({"network": {"type": "ClassSR", "branches": []}}, "branches: List should have at least 1"),
        ({"network": {"type": "FSRCNN", "d": 10**7}}, "d: Input should be less than"),
    ],
)
def test_a_manifest_that_cannot_be_true_is_refused(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps(SOUND | changes))
    with pytest.raises(ClassSRError, match=f"is no manifest of this version .*{reason}") as refusal:
        read_manifest(tmp_path)
    assert str(refusal.value).isprintable()


def test_a_deeply_nested_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("[" * 100_000)
    with pytest.raises(ClassSRError, match="is no manifest of this version"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("scale", "graph", "reason"),
    [
        (2, None, "its branches do not enlarge 2 times"),
        (4, b"no graph", "holds a graph that OpenVINO cannot run"),
        (4, "classifier.onnx", "holds a graph that OpenVINO cannot run"),
    ],
)
def test_graphs_that_are_not_those_of_the_manifest_are_refused(
    tmp_path: Path, scale: int, graph: bytes | str | None, reason: str
) -> None:
    spec = classsr_spec([{"type": "FSRCNN", "d": d} for d in (8, 9)])
    manifest = export(network(spec), tmp_path, spec=spec)
    exported_runner(tmp_path, precision="float32")
    if isinstance(graph, str):
        graph = (tmp_path / graph).read_bytes()
    if graph is not None:
        (tmp_path / "branch2.onnx").write_bytes(graph)
    checksums = {name: checksum(tmp_path / name) for name in manifest.sha256}
    changed = manifest.model_copy(update={"scale": scale, "sha256": checksums})
    (tmp_path / MANIFEST).write_text(changed.model_dump_json())
    with pytest.raises(ClassSRError, match=reason):
        exported_runner(tmp_path, precision="float32")


def test_a_manifest_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / MANIFEST)
    with pytest.raises(ClassSRError, match="found a pipe or a device"):
        read_manifest(tmp_path)


def test_as_many_classes_as_branches(tmp_path: Path) -> None:
    three = classsr_spec([{"type": "FSRCNN", "d": d} for d in (8, 9, 10)])
    export(network(three), tmp_path / "three", spec=three)
    spec = classsr_spec([{"type": "FSRCNN", "d": d} for d in (8, 9)])
    manifest = export(network(spec), tmp_path / "two", spec=spec)
    classifier = (tmp_path / "three" / "classifier.onnx").read_bytes()
    (tmp_path / "two" / "classifier.onnx").write_bytes(classifier)
    checksums = manifest.sha256 | {"classifier.onnx": hashlib.sha256(classifier).hexdigest()}
    changed = manifest.model_copy(update={"sha256": checksums})
    (tmp_path / "two" / MANIFEST).write_text(changed.model_dump_json())
    with pytest.raises(ClassSRError, match="tells 3 classes in front of 2 branches"):
        exported_runner(tmp_path / "two", precision="float32")
