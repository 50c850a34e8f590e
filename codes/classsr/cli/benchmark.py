"""Compare ways to run ClassSR on this machine: classsr benchmark"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np

from classsr.build.network import network_spec
from classsr.cli.against_whole import photograph, races, write_export
from classsr.errors import ClassSRError
from classsr.evaluation.benchmark import (
    SIZES,
    Case,
    Method,
    Timing,
    Workload,
    best_of,
    measure_case,
    upscale,
)
from classsr.evaluation.machine import RACE_HEADER, describe_costs
from classsr.evaluation.markdown import row, table
from classsr.evaluation.paper.results import BACKBONES
from classsr.images.rgb import read_image, write_image
from classsr.models.cost import NetworkCost
from classsr.options.loading import load_options
from classsr.options.schema.training import TrainOptions
from classsr.runtime.select import Precision
from classsr.system.cpu import processor

COLUMNS = ("method", "job", "seconds", "tiles/s", "GMAC/s", "peak MB", "times as fast")
HEADER = table(COLUMNS, (), text_columns=2)
UPSCALE_BUDGET = "65%"  # random classifiers send all tiles to one class
UPSCALE_HEADER = table(
    (
        "`upscale` to", "precision", "seconds", "times the seconds of a pixel of the first",
        "peak MB",
    ),
    (),
    text_columns=2,
)  # fmt: skip
PRECISIONS: dict[Method, list[Precision]] = {
    "eager": ["float32"],
    "paddle": ["float32"],
    "inference": ["float32"],
    "openvino": ["float32", "bfloat16"],
}
JOBS = ("paper", "full", "upscale")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to measure."""
    parser.add_argument("--backbones", nargs="+", choices=BACKBONES, default=["FSRCNN", "RCAN"])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["2K"], help="of the output")
    parser.add_argument("--methods", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=["paper", "full"])
    parser.add_argument("--image", type=Path, help="a photograph, in place of scikit-image's")
    parser.add_argument(
        "--costs", nargs="+", metavar="MODEL", help="what the branches of models take here, instead"
    )
    parser.add_argument(
        "--against-whole",
        nargs="+",
        metavar="NETWORK",
        help="routed against the widest branch on the whole image in one call, instead: models by "
        "their own routing, or option files with random weights and a third of the tiles each",
    )
    parser.add_argument(
        "--baseline", metavar="MODEL", help="a plain model in the widest branch's place"
    )
    parser.add_argument("--photographs", type=Path, help="folder of HR images for --against-whole")
    parser.add_argument("--precisions", nargs="+", default=["float32"], help="for --against-whole")
    parser.add_argument("--budget", help="for --against-whole; default: the classes decide")
    parser.add_argument("--turns", type=int, default=5, help="for --against-whole")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)  # of the processes started below


def run(arguments: argparse.Namespace) -> None:
    """Measure all cases that the arguments ask for, one process after the other."""
    if arguments.case is not None:
        case, exported, image = arguments.case
        pixels = read_image(Path(image))
        timing = measure_case(Case(**json.loads(case)), pixels, exported=Path(exported))
        print(json.dumps(asdict(timing)))
        return
    if arguments.costs:
        for model in arguments.costs:
            print(describe_costs(model))
        return
    if arguments.against_whole:
        print(f"{os.cpu_count()} cores, {processor()}\n\n{table(RACE_HEADER, (), text_columns=3)}")
        for cells in races(arguments):
            print(row(cells), flush=True)
        return
    print(f"{os.cpu_count()} cores, {processor()}; random weights, a third of the tiles each class")
    print("\n".join(yardsticks()))
    for backbone in arguments.backbones:
        options = load_options(Path(f"options/train_ClassSR_{backbone}.yml"), kind=TrainOptions)
        with tempfile.TemporaryDirectory() as text:
            exported = Path(text) / "network"
            cost = write_export(network_spec(options), exported)
            images = {size: Path(text) / f"{size}.png" for size in arguments.sizes}
            for size, image in images.items():
                write_image(image, photograph(arguments.image, size))
                print(f"\n## ClassSR-{backbone}, {size} output\n\n{HEADER}", flush=True)
                ask = partial(in_own_process, exported, image)
                for line in rows(ask, cost, methods=arguments.methods, jobs=arguments.jobs):
                    print(line, flush=True)
            if "upscale" in arguments.jobs:
                print(f"\n{UPSCALE_HEADER}", flush=True)
                for line in upscale_rows(exported, images):
                    print(line, flush=True)


def rows(
    ask: Callable[..., Timing], cost: NetworkCost, *, methods: list[Method], jobs: list[str]
) -> Iterator[str]:
    """The table of one network, and below each method how the full protocol compares.

    ask: `in_own_process` for the network and an image.
    """
    first: float | None = None
    branches = range(len(cost.branches))
    share = np.mean(cost.shares)
    for method in methods:
        for precision in PRECISIONS[method]:
            name = f"{method} {precision}"
            if method == "eager":
                for kernels, setting in eager_settings():
                    case = Case("eager", precision, "paper")
                    timing = min(
                        (ask(case, environment=threads | setting) for threads in thread_numbers()),
                        key=lambda timing: timing.seconds,
                    )
                    first = first or timing.seconds
                    yield measured(f"{name}{kernels}", "paper protocol", timing, first)
                continue
            if "paper" in jobs:
                paper = ask(Case(method, precision, "paper"))
                first = first or paper.seconds
                yield measured(name, "paper protocol", paper, first)
            if "full" in jobs:
                full = ask(Case(method, precision, "full"))
                first = first or full.seconds
                yield measured(name, "full protocol", full, first)
                seconds: dict[Workload, list[float]] = {"one call": [], "regions": []}
                for job, branch in product(seconds, branches):
                    alone = ask(Case(method, precision, job, branch))
                    seconds[job].append(alone.seconds)
                    yield measured(name, f"branch {branch + 1} alone in {job}", alone, first)
                compared = (
                    f"full protocol: {full.seconds / np.mean(seconds['one call']):.2f} "
                    f"times the mean of the branches in one call, "
                    f"{full.seconds / np.mean(seconds['regions']):.2f} times in regions; "
                    f"{full.seconds / seconds['one call'][-1]:.0%} of the widest one, "
                    f"with {share:.0%} of its FLOPs"
                )
                yield row((name, compared, "", "", "", "", ""))


def measured(method: str, job: str, timing: Timing, first: float) -> str:
    """One measurement as a row of the table."""
    return row(
        (
            method,
            job,
            f"{timing.seconds:.3f}",
            f"{timing.tiles:.1f}",
            f"{timing.macs / 1e9:.1f}",
            f"{timing.memory:.0f}",
            f"{first / timing.seconds:.2f}",
        )
    )


def upscale_rows(exported: Path, images: Mapping[str, Path]) -> Iterator[str]:
    """What the command takes for the sizes, and how its time grows with their pixels."""
    for precision in PRECISIONS["openvino"]:
        first: float | None = None
        for size, image in images.items():
            seconds, memory = upscale(exported, image, precision=precision, budget=UPSCALE_BUDGET)
            pixel = seconds / math.prod(SIZES[size])
            first = first or pixel
            figures = (f"{seconds:.2f}", f"{pixel / first:.2f}", f"{memory:.0f}")
            yield row((size, precision, *figures))


def eager_settings() -> list[tuple[str, dict[str, str]]]:
    """Names and variables of eager Paddle: as it comes, and with what `cpu` sets on AMD's."""
    chosen = os.environ.get("MKL_DEBUG_CPU_TYPE")
    if chosen is None:
        return [("", {})]
    return [(" as it comes", {"MKL_DEBUG_CPU_TYPE": "0"}), (", fast MKL kernels", {})]


def thread_numbers() -> list[dict[str, str]]:
    """The variables for one thread, and for one on each core."""
    numbers = sorted({1, os.cpu_count() or 1})
    return [dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(n)) for n in numbers]


def in_own_process(
    exported: Path, image: Path, case: Case, *, environment: Mapping[str, str] | None = None
) -> Timing:
    """Measure a case in a fresh process, whose memory and environment are its own."""
    command = [sys.executable, "-m", "classsr", "benchmark"]
    command += ["--case", json.dumps(asdict(case)), str(exported), str(image)]
    variables = os.environ | (environment or {})
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode != 0:
        raise ClassSRError(f"{case}: {done.stderr.strip() or done.returncode}")
    return Timing(**json.loads(done.stdout.splitlines()[-1]))


def yardsticks() -> Iterator[str]:
    """The machine's speed at matrix products and a convolution, in PyTorch where it is there."""
    if find_spec("torch") is None:
        return
    import torch

    a, b = torch.rand(2048, 2048), torch.rand(2048, 2048)
    seconds, _ = best_of(lambda: a @ b)
    yield f"PyTorch {torch.__version__}: matrix product {2048**3 / seconds / 1e9:.0f} GMAC/s"
    conv, x = torch.nn.Conv2d(64, 64, 3, padding=1), torch.rand(16, 64, 32, 32)
    with torch.no_grad():
        seconds, _ = best_of(lambda: conv(x))
    yield f"64 channels 3x3 on 16 tiles {16 * 32**2 * 64**2 * 9 / seconds / 1e9:.0f} GMAC/s"
