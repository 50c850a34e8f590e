"""How runners are compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classsr.data.paired_folder import PairFolder
from classsr.evaluation.backend_parity import compare_backends
from classsr.models.spec import classsr_spec, create
from classsr.runtime.paddle_runner import PaddleRunner


class Shifted(PaddleRunner):
    """Gives every value 0.01 more, and every tile to the class that is the least probable."""

    def classify(self, tiles: np.ndarray) -> np.ndarray:
        return -super().classify(tiles)

    def run_branch(self, tiles: np.ndarray, branch: int) -> np.ndarray:
        return super().run_branch(tiles, branch) + np.float32(0.01)


def test_finds_what_differs(pairs: Path) -> None:
    branch = {"type": "FSRCNN", "d": 8, "init": "bicubic"}
    network = create(classsr_spec([branch] * 3, classifier={"init": "kaiming"}), scale=4)
    network.eval()
    folder = PairFolder(gt=pairs / "GT", lq=pairs / "LR", scale=4)
    reference = PaddleRunner(network)
    same = compare_backends(folder, PaddleRunner(network), reference, crop_border=4)
    assert (same.psnr, same.largest, same.differing) == (same.reference, 0, 0)
    other = compare_backends(folder, Shifted(network), reference, crop_border=4)
    assert other.reference == same.psnr != other.psnr
    assert other.largest == pytest.approx(0.01, rel=1e-4)
    assert other.differing == other.tiles > 0
