"""The command that converts published weights."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import paddle
import pytest

from alignment import paper_spec, published_weights, read, reference_network
from classsr.checkpoints.native import load_network
from classsr.checkpoints.published.reader import read_weights
from classsr.checkpoints.published.writer import write_pth
from classsr.cli.convert import export_weights, find_options, import_weights, run
from classsr.errors import ClassSRError

OPTIONS = Path(__file__).parents[2] / "options"


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as published, of ClassSR-FSRCNN, out of a data-parallel training."""
    path = tmp_path_factory.mktemp("official") / "official.pth"
    weights = published_weights(read("classsr_fsrcnn"))
    write_pth(path, {f"module.{name}": array for name, array in weights.items()})
    return path


def convert(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["convert_weights.py", *map(str, arguments)])
    run(description=None, options=OPTIONS)


def test_the_command_there_and_back(
    official: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, back = tmp_path / "ours.safetensors", tmp_path / "back.pth"
    convert(monkeypatch, "-i", official, "-o", tmp_path / "ours", "--model", "ClassSR_FSRCNN")
    convert(monkeypatch, "-i", ours, "-o", back, "--to-published")

    network, spec = load_network(ours)
    assert [branch["d"] for branch in spec["branches"]] == [16, 36, 56]
    expected = reference_network(paper_spec("FSRCNN"), read("classsr_fsrcnn"))
    lr = paddle.rand([2, 3, 32, 32])
    (results, logits), (their_results, their_logits) = network(lr), expected(lr)
    for ours_, theirs in zip([logits, *results], [their_logits, *their_results], strict=True):
        np.testing.assert_array_equal(ours_.numpy(), theirs.numpy())

    found, published = read_weights(back), read_weights(official)
    assert set(found) == set(published)
    for name, array in published.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.mark.parametrize(
    ("model", "reason"),
    {
        "another backbone": ("CARN_O", r"of this CARN: missing: sub_mean\.weight.*superfluous"),
        "another width": ("FSRCNN_branch1", "of this FSRCNN: missing: .*superfluous: classifier"),
    }.values(),
)
def test_a_file_of_another_network_is_refused(
    official: Path, tmp_path: Path, model: str, reason: str
) -> None:
    option_file = find_options(model, folder=OPTIONS)
    with pytest.raises(ClassSRError, match=rf"official\.pth: is no published checkpoint {reason}"):
        import_weights(official, tmp_path / "ours.safetensors", option_file=option_file)
    assert not list(tmp_path.iterdir())


def test_branches_of_another_width_are_misshapen(tmp_path: Path) -> None:
    write_pth(tmp_path / "wide.pth", published_weights(read("fsrcnn_56")))
    option_file = find_options("FSRCNN_branch1", folder=OPTIONS)
    with pytest.raises(ClassSRError, match=r"misshapen: head_conv.0.weight \(56, 3, 5, 5\) inst"):
        import_weights(tmp_path / "wide.pth", tmp_path / "ours", option_file=option_file)


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ClassSRError, match=r"--model EDSR: .*one of CARN_O, .*RCAN_branch1"):
        find_options("EDSR", folder=OPTIONS)


def test_targets_of_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ClassSRError, match=r"x\.pt: expected a name that ends in \.npz or \.pth"):
        export_weights(tmp_path / "ours.safetensors", tmp_path / "x.pt")
    with pytest.raises(ClassSRError, match=r"x\.pth: checkpoints of this project are"):
        import_weights(tmp_path / "a.pth", tmp_path / "x.pth", option_file=OPTIONS)
