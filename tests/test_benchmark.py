"""The benchmark and the curve of budgets, on small networks and pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classsr.benchmark import Case, Job, Method, measure, thirds
from classsr.data.folder import PairFolder
from classsr.flops import count_parts
from classsr.models.spec import classsr_spec, create
from classsr.pareto import Point, draw, to_csv, to_markdown
from classsr.pareto import measure as score
from classsr.runtime import PaddleRunner
from classsr.superresolve import paper_protocol
from classsr.tiling import full_tiling
from conftest import photograph

SPEC = classsr_spec([{"type": "FSRCNN", "d": d, "init": "bicubic"} for d in (8, 12, 16)])


@pytest.mark.parametrize(
    ("method", "job"), [("eager", "paper"), ("paddle", "paper"), ("paddle", "full")]
)
def test_times_a_case(method: Method, job: Job) -> None:
    timing = measure(SPEC, Case(method, "float32", job), photograph(96, 70))
    assert min(timing.seconds, timing.tiles, timing.macs, timing.memory) > 0


def test_times_a_network_alone() -> None:
    timing = measure(SPEC["branches"][0], Case("paddle", "float32", "alone"), photograph(64, 70))
    assert timing.tiles == pytest.approx(64 * 70 / 32**2 / timing.seconds)


def test_a_third_of_the_tiles_goes_to_each_class() -> None:
    image = photograph(120, 130)
    tiling = full_tiling(120, 130)
    classes = thirds(image, tiling)(np.zeros((len(tiling), 3)))
    assert np.ptp(np.bincount(classes, minlength=3)) <= 1


def test_points_of_the_curve(pairs: Path, tmp_path: Path) -> None:
    network = create(SPEC, scale=4)
    network.eval()
    cost, runner = count_parts(network), PaddleRunner(network)
    folder = PairFolder(gt=pairs / "GT", lq=pairs / "LR", scale=4)
    points: list[Point] = []
    for name in ("35%", "100%", "branch 1"):
        points.append(
            score(
                name,
                folder,
                lambda lr: paper_protocol(lr, runner),
                cost,
                crop=4,
                line=name.endswith("%"),
            )
        )
    assert points[0].psnr == points[1].psnr
    assert sum(points[0].tiles) == 7
    assert f"| 35% | {points[0].psnr:.3f} |" in to_markdown(points)
    assert to_csv(points).splitlines()[0] == "setting,psnr,flops_paper,flops_exact,seconds"
    pytest.importorskip("matplotlib")
    draw(points, tmp_path / "pareto.png")
    assert (tmp_path / "pareto.png").stat().st_size > 0
