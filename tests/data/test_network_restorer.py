"""Scoring by trained networks."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import paddle
import pytest

from classsr.checkpoints.native import save_network
from classsr.data.manifest import load_complete
from classsr.data.prepare.crops import crops_for_training
from classsr.data.prepare.cut import cut_set
from classsr.data.prepare.network_restorer import network_restorer
from classsr.data.prepare.pipeline import prepare, score_by
from classsr.data.prepare.sources import photographs
from classsr.errors import ClassSRError
from classsr.models.spec import classsr_spec, create
from classsr.runtime.pixels import to_batch, to_uint8
from photographs import write_photographs

BRANCH = {"type": "FSRCNN", "d": 16}


def save(path: Path, *, spec: dict[str, object], scale: int = 4) -> Path:
    paddle.seed(0)
    save_network(path, create(spec, scale=scale), spec=spec)
    return path


def tiles(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)


def test_a_branch_restores_as_the_network_does(tmp_path: Path) -> None:
    restore = network_restorer(save(tmp_path / "branch.safetensors", spec=BRANCH))
    paddle.seed(0)
    network = create(BRANCH, scale=4)
    network.eval()
    lr = tiles(3)
    expected = to_uint8(network(paddle.to_tensor(to_batch(lr))).numpy())
    np.testing.assert_array_equal(restore(lr), expected)


def test_classsr_routes_every_sub_image(tmp_path: Path) -> None:
    path = save(tmp_path / "classsr.safetensors", spec=classsr_spec([BRANCH] * 3))
    assert network_restorer(path)(tiles(70)).shape == (70, 128, 128, 3)


def test_a_set_scored_by_a_network_names_it(tmp_path: Path) -> None:
    write_photographs(tmp_path / "hr", n=1)
    checkpoint = save(tmp_path / "branch.safetensors", spec=BRANCH)
    run = partial(
        prepare,
        photographs(tmp_path / "hr"),
        out=tmp_path / "set",
        layout="packed",
        crops=crops_for_training(4),
    )
    assert "scored by network" in run(checkpoint=checkpoint)
    inputs = load_complete(tmp_path / "set" / "scores").inputs
    assert list(inputs) == ["network/branch.safetensors"]
    with pytest.raises(ClassSRError, match="begun with options by = network, not bicubic"):
        run()


def test_a_network_of_another_scale_is_refused(tmp_path: Path) -> None:
    write_photographs(tmp_path / "hr", n=1)
    source = photographs(tmp_path / "hr", scale=2)
    cut_set(source, out=tmp_path / "set", layout="packed", crops=crops_for_training(2))
    checkpoint = save(tmp_path / "x4.safetensors", spec=BRANCH)
    with pytest.raises(ClassSRError, match=r"enlarges 4 times, .*set needs 2"):
        score_by(tmp_path / "set", checkpoint=checkpoint)
