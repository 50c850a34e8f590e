"""The shipped weights on the sample photographs: the figures that the documentation gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from classsr.data.prepare.sample import make_sample_set

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "experiments" / "pretrained"

FIGURES = {  # PSNR in dB, share of the widest branch's FLOPs
    "FSRCNN_O": (29.475, 1.0),
    "FSRCNN_branch1": (29.047, 1.0),
    "FSRCNN_branch2": (29.446, 1.0),
    "FSRCNN_branch3": (29.469, 1.0),
    "ClassSR_FSRCNN": (29.426, 0.762),
    "RCAN_small_O": (29.542, 1.0),
    "ClassSR_RCAN_small": (29.546, 0.813),
    "SESR_O": (29.870, 1.0),
    "ClassSR_SESR": (29.812, 0.720),
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample set."""
    folder = tmp_path_factory.mktemp("sample")
    make_sample_set(out=folder, scale=4)
    return folder


def test_every_shipped_file_has_its_figures() -> None:
    assert {path.stem for path in SHIPPED.glob("*.safetensors")} == set(FIGURES)


@pytest.mark.parametrize("model", FIGURES)
def test_the_figures(
    model: str, sample: Path, tmp_path: Path, command: Callable[..., None]
) -> None:
    command(
        "test",
        *("-opt", ROOT / "options" / "test.yml", "-o", "backend=paddle", "save_img=false"),
        *(f"path.pretrain_model={SHIPPED / model}.safetensors", f"path.results={tmp_path}"),
        f"datasets=[{{name: sample, dataroot_GT: {sample}/GT, dataroot_LQ: {sample}/LR_x4}}]",
        "class_map=false",
    )
    report = json.loads((tmp_path / "test" / "report.json").read_text())
    average = report["datasets"][0]["average"]
    psnr, share = FIGURES[model]
    assert average["psnr"] == pytest.approx(psnr, abs=0.01)
    assert average["flops_paper_share"] == pytest.approx(share, abs=0.002)
    assert average["bicubic_psnr"] == pytest.approx(28.10, abs=0.01)
