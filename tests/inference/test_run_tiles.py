"""Tiles through the classifier and the branch of their class."""

from __future__ import annotations

import numpy as np
import paddle
import pytest

from classsr.inference.routing import most_probable
from classsr.inference.run_tiles import classify, run_branches
from classsr.models.spec import create
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.pixels import to_batch, to_uint8
from samples import ByBrightness


@pytest.mark.parametrize("levels", [[0, 255, 128, 255, 0], [128], [255, 255], [0, 128]])
@paddle.no_grad()
def test_each_tile_goes_through_the_branch_of_its_class(levels: list[int]) -> None:
    paddle.seed(0)
    branches = [{"type": "FSRCNN", "d": width} for width in (8, 12, 16)]
    network = create({"type": "ClassSR", "branches": branches}, scale=4)
    network.classifier = ByBrightness(num_classes=3)
    network.eval()
    runner = PaddleRunner(network)
    noise = np.random.default_rng(0).integers(-3, 4, (len(levels), 32, 32, 3))
    tiles = np.clip(np.reshape(levels, (-1, 1, 1, 1)) + noise, 0, 255).astype(np.uint8)
    classes = most_probable(classify(tiles, runner, batch_size=2))
    assert classes.tolist() == [round(level / 127.5) for level in levels]
    seen = []
    for members, restored in run_branches(tiles, classes, runner, batch_size=2):
        branch = network.branches[int(classes[members[0]])]
        expected = to_uint8(branch(paddle.to_tensor(to_batch(tiles[members]))).numpy())
        np.testing.assert_array_equal(restored, expected)
        seen += members.tolist()
    assert sorted(seen) == list(range(len(levels)))
