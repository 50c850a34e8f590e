"""The command that converts published weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paddle
import pytest

from alignment import paper_spec, published_weights, read, reference_network
from classsr.checkpoints.native import load_network
from classsr.checkpoints.published.reader import read_weights
from classsr.checkpoints.published.writer import write_pth
from classsr.cli.convert import find_options, import_weights
from classsr.cli.main import main
from classsr.errors import ClassSRError

OPTIONS = Path(__file__).parents[2] / "options"


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as published, of ClassSR-FSRCNN, out of a data-parallel training."""
    path = tmp_path_factory.mktemp("official") / "official.pth"
    weights = published_weights(read("classsr_fsrcnn"))
    write_pth(path, {f"module.{name}": array for name, array in weights.items()})
    return path


def test_the_command_there_and_back(official: Path, tmp_path: Path) -> None:
    ours, back = tmp_path / "ours.safetensors", tmp_path / "back.pth"
    main(["convert", str(official), "-o", str(tmp_path / "ours")])
    main(["convert", str(ours), "-o", str(back)])

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
        "another backbone": ("CARN_O", r"of this CARN: missing: entry\.weight.*superfluous"),
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


def test_the_recognised_network_is_that_of_the_option_file(official: Path, tmp_path: Path) -> None:
    option_file = find_options("ClassSR_FSRCNN", folder=OPTIONS)
    import_weights(official, tmp_path / "named.safetensors", option_file=option_file)
    import_weights(official, tmp_path / "recognised.safetensors")
    lr = paddle.rand([1, 3, 32, 32])
    named, recognised = (load_network(path)[0] for path in sorted(tmp_path.iterdir()))
    (results, logits), (others, other_logits) = named(lr), recognised(lr)
    for ours, theirs in zip([*results, logits], [*others, other_logits], strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_the_target_stands_beside_the_file_by_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pth(tmp_path / "x.pth", published_weights(read("fsrcnn_16")))
    main(["convert", str(tmp_path / "x.pth"), "--scale", "4"])
    printed = capsys.readouterr().out
    assert "x.pth: FSRCNN d=16 s=12 m=4, x4\n" in printed
    assert f"written to {tmp_path / 'x.safetensors'}" in printed


def test_other_targets_are_refused(official: Path, tmp_path: Path) -> None:
    with pytest.raises(ClassSRError, match=r"x\.pt: expected a name that ends in one of \.safete"):
        import_weights(official, tmp_path / "x.pt")
    same = tmp_path / "x.safetensors"
    with pytest.raises(ClassSRError, match="would be written over"):
        import_weights(same, same)
