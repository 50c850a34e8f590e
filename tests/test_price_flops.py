"""scripts/price_flops.py: a price on FLOPs moves the classes, and no budget."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from classsr.checkpoints.native import load_network
from classsr.inference.budget import build_router
from classsr.models.flops import count_network
from classsr.runtime.paddle_runner import PaddleRunner

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "experiments" / "pretrained" / "ClassSR_FSRCNN.safetensors"


def test_a_price_on_flops_moves_the_classes_and_no_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced = tmp_path / "priced.safetensors"
    arguments = ["price_flops.py", "-i", f"{MODEL}", "-o", f"{priced}", "--price", "8"]
    monkeypatch.setattr("sys.argv", arguments)
    runpy.run_path(f"{ROOT}/scripts/price_flops.py", run_name="__main__")

    before, after = (load_network(path)[0] for path in (MODEL, priced))
    shares = np.array(count_network(before).shares)
    noise = np.random.default_rng(0).uniform(size=(40, 3, 32, 32)).astype(np.float32)
    tiles = np.linspace(0, 1, 40, dtype=np.float32)[:, None, None, None] * noise
    old, new = (PaddleRunner(network).classify(tiles) for network in (before, after))
    np.testing.assert_allclose(new, old - 8 * shares, atol=1e-4)
    for network in (before, after):
        assert (shares[new.argmax(axis=1)] <= shares[old.argmax(axis=1)]).all()
        route = build_router("50%", PaddleRunner(network), count_network(network))
        assert (route(new) == route(old)).all()
