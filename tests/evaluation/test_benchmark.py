"""The benchmark and the curve of budgets, on small networks and pictures."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from classsr.data.paired_folder import PairFolder
from classsr.errors import ClassSRError
from classsr.evaluation import benchmark
from classsr.evaluation.benchmark import Case, Method, Workload, measure_case, thirds
from classsr.evaluation.budget_sweep import SweepPoint, draw, to_csv, to_markdown
from classsr.evaluation.budget_sweep import measure_protocol as score
from classsr.evaluation.machine import (
    RACE_HEADER,
    describe_costs,
    race_exported,
    race_row,
    sampled_thirds,
)
from classsr.images.rgb import write_image
from classsr.inference import seconds_cache
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.tile_grid import full_tiling
from classsr.models.flops import count_network
from classsr.models.spec import classsr_spec, create
from classsr.runtime.export import export
from classsr.runtime.paddle_runner import PaddleRunner
from samples import photograph

SPEC = classsr_spec([{"type": "FSRCNN", "d": d, "init": "bicubic"} for d in (8, 12, 16)])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    network = create(SPEC, scale=4)
    network.eval()
    export(network, folder, spec=SPEC)
    return folder


@pytest.mark.parametrize(
    ("method", "job"),
    [
        ("eager", "paper"),
        ("paddle", "full"),
        ("openvino", "paper"),
        ("openvino", "full"),
    ],
)
def test_times_a_case(method: Method, job: Workload, exported: Path) -> None:
    if method == "openvino":
        pytest.importorskip("openvino")
    case = Case(method, "float32", job)
    timing = measure_case(case, photograph(96, 70), exported=exported)
    assert min(timing.seconds, timing.tiles, timing.macs, timing.memory) > 0


@pytest.mark.parametrize("largest", [64 * 70, 1000])
def test_a_branch_alone_restores_the_whole_image(
    largest: int, monkeypatch: pytest.MonkeyPatch, exported: Path
) -> None:
    monkeypatch.setattr(benchmark, "LARGEST_CALL", largest)
    image, case = photograph(64, 70), Case("paddle", "float32", "one call", branch=2)
    runner = benchmark.open_runner(case, exported)
    restored = benchmark.in_one_call(image, runner, 2)
    assert restored.image.shape == (256, 280, 3)
    assert restored.computed.tolist() == [0, 0, 64 * 70]
    timing = measure_case(case, image, exported=exported)
    assert timing.tiles == pytest.approx(64 * 70 / 32**2 / timing.seconds)


def test_a_branch_alone_in_regions_agrees_with_one_call(exported: Path) -> None:
    image, case = photograph(170, 70), Case("paddle", "float32", "regions", branch=0)
    runner = benchmark.open_runner(case, exported)
    restored = benchmark.in_regions(image, runner, 0)
    assert restored.computed.tolist() == [(132 + 68) * 70, 0, 0]  # whole windows
    whole = benchmark.in_one_call(image, runner, 0).image
    assert np.abs(restored.image - whole).mean() < 1


def test_runs_the_command_upscale(exported: Path, tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    image = tmp_path / "lr.png"
    write_image(image, photograph(40, 70))
    seconds, memory = benchmark.upscale(exported, image, precision="float32", budget="65%")
    assert seconds > 0 and memory > 10
    with pytest.raises(ClassSRError, match="budget"):
        benchmark.upscale(exported, image, precision="float32", budget="1%")


def test_describes_what_was_measured(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")
    monkeypatch.setattr(seconds_cache, "processor_time", itertools.count(0.0, 1e9).__next__)
    text = describe_costs(str(exported))
    assert describe_costs(str(exported)) == text  # from the cache
    assert [text.count(f"\n| branch {number} |") for number in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert "\n| classifier |" in text and "\nprocessor: " in text
    kept = Path(text.strip().splitlines()[-1].removeprefix("kept in: "))
    assert json.loads(kept.read_text())["depends"]["backend"] == "OpenVINORunner"


@pytest.mark.parametrize("by_thirds", [False, True])
def test_races_against_the_whole_image(by_thirds: bool, exported: Path) -> None:
    pytest.importorskip("openvino")
    images = [photograph(96, 70), photograph(40, 40)][: 1 if by_thirds else 2]
    found = race_exported(
        exported, images, baseline=exported, precision="float32", turns=2, by_thirds=by_thirds
    )
    assert min(found.whole, found.full, found.default, found.ratio) > 0
    assert 0 <= found.plain <= found.images == len(images)
    cells = race_row("model", "float32", "2K", found)
    assert len(cells) == len(RACE_HEADER)
    assert cells[5] == f"{found.full / found.whole:.2f}"


def test_a_sample_is_parted_as_the_image_is() -> None:
    image = photograph(300, 200)
    route = sampled_thirds(image)
    for number in (len(full_tiling(300, 200)), 9):
        counts = np.bincount(route(np.zeros((number, 3))), minlength=3)
        assert counts.sum() == number and np.ptp(counts) <= 1


def test_a_third_of_the_tiles_goes_to_each_class() -> None:
    image = photograph(120, 130)
    tiling = full_tiling(120, 130)
    classes = thirds(image, tiling)(np.zeros((len(tiling), 3)))
    assert np.ptp(np.bincount(classes, minlength=3)) <= 1


def test_points_of_the_curve(pairs: Path, tmp_path: Path) -> None:
    network = create(SPEC, scale=4)
    network.eval()
    cost, runner = count_network(network), PaddleRunner(network)
    folder = PairFolder(gt=pairs / "GT", lq=pairs / "LR", scale=4)
    points: list[SweepPoint] = []
    for name in ("35%", "100%", "branch 1"):
        points.append(
            score(
                name,
                folder,
                lambda lr: paper_protocol(lr, runner),
                cost,
                full=cost.branches[-1],
                crop_border=4,
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
