"""The shipped weights on the sample photographs: the figures that the documentation gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from classsr.commands import test as test_command
from classsr.prepare.sample import make_sample_set

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample set."""
    folder = tmp_path_factory.mktemp("sample")
    make_sample_set(out=folder, scale=4)
    return folder


def test_classsr_fsrcnn(sample: Path, tmp_path: Path, command: Callable[..., None]) -> None:
    model = ROOT / "experiments" / "pretrained" / "ClassSR_FSRCNN.safetensors"
    command(
        test_command.run,
        *("-opt", ROOT / "options" / "test.yml", "-o", "backend=paddle", "save_img=false"),
        *(f"path.pretrain_model={model}", f"path.results={tmp_path}", "class_map=false"),
        *(f"datasets.0.dataroot_GT={sample}/GT", f"datasets.0.dataroot_LQ={sample}/LR_x4"),
    )
    report = json.loads((tmp_path / "test" / "report.json").read_text())
    average = report["datasets"][0]["average"]
    assert average["psnr"] == pytest.approx(29.202, abs=0.01)
    assert average["psnr"] - average["bicubic_psnr"] > 0.8
    assert average["flops_paper_share"] == pytest.approx(0.824, abs=0.002)
