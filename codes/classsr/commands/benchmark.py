"""Compare ways to run ClassSR on this machine: python scripts/benchmark.py"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from skimage import data

from classsr.benchmark import SIZES, Case, Method, Timing, best_of, measure
from classsr.build import network_spec
from classsr.errors import ClassSRError
from classsr.images import read_image
from classsr.models import BACKBONES
from classsr.options import TrainOptions, load_options
from classsr.resize import imresize
from classsr.runtime import Precision

HEADER = (
    "| method | job | seconds | tiles/s | GMAC/s | peak MB | times as fast |\n"
    "|---|---|---:|---:|---:|---:|---:|"
)
PRECISIONS: dict[Method, list[Precision]] = {
    "eager": ["float32"],
    "paddle": ["float32"],
    "inference": ["float32"],
    "openvino": ["float32", "bfloat16"],
}


def run() -> None:
    """Measure all cases that the arguments ask for, one process after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbones", nargs="+", choices=BACKBONES, default=["FSRCNN", "RCAN"])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["2K"], help="of the output")
    parser.add_argument("--methods", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--image", type=Path, help="a photograph, in place of scikit-image's")
    parser.add_argument("--case", help=argparse.SUPPRESS)  # for the processes started below
    arguments = parser.parse_args()
    if arguments.case is not None:
        print(json.dumps(asdict(run_case(json.loads(arguments.case), arguments.image))))
        return
    print(f"{os.cpu_count()} cores, {processor()}; random weights, a third of the tiles each class")
    print("\n".join(yardsticks()))
    for backbone in arguments.backbones:
        options = load_options(Path(f"options/train_ClassSR_{backbone}.yml"), kind=TrainOptions)
        for size in arguments.sizes:
            print(f"\n## ClassSR-{backbone}, {size} output\n\n{HEADER}", flush=True)
            for row in rows(network_spec(options), size, arguments.methods, arguments.image):
                print(row, flush=True)


def rows(
    spec: dict[str, Any], size: str, methods: list[Method], image: Path | None
) -> Iterator[str]:
    """The table of one network, and below it how the full protocol compares."""
    first: float | None = None
    for method in methods:
        for precision in PRECISIONS[method]:
            ask = partial(in_own_process, size=size, image=image)
            name = f"{method} {precision}"
            if method == "eager":
                case = Case("eager", precision, "paper")
                timing = min(
                    (ask(spec, case, threads=n) for n in {1, os.cpu_count()}),
                    key=lambda timing: timing.seconds,
                )
                first = timing.seconds
                yield row(name, "paper protocol", timing, first)
                continue
            paper = ask(spec, Case(method, precision, "paper"))
            first = first or paper.seconds
            yield row(name, "paper protocol", paper, first)
            full = ask(spec, Case(method, precision, "full"))
            yield row(name, "full protocol", full, first)
            alone = [ask(branch, Case(method, precision, "alone")) for branch in spec["branches"]]
            for number, timing in enumerate(alone, start=1):
                yield row(name, f"branch {number} alone", timing, first)
            ideal = sum(timing.seconds for timing in alone) / len(alone)
            yield (
                f"| {name} | full protocol, times the ideal mixture / the full network | "
                f"{full.seconds / ideal:.2f} / {full.seconds / alone[-1].seconds:.2f} | | | | |"
            )


def row(method: str, job: str, timing: Timing, first: float) -> str:
    """One measurement as a row of the table."""
    return (
        f"| {method} | {job} | {timing.seconds:.3f} | {timing.tiles:.1f} | "
        f"{timing.macs / 1e9:.1f} | {timing.memory:.0f} | {first / timing.seconds:.2f} |"
    )


def in_own_process(
    spec: dict[str, Any],
    case: Case,
    *,
    size: str,
    image: Path | None,
    threads: int | None = None,
) -> Timing:
    """Measure a case in a fresh process, whose memory is its own and whose threads can be set."""
    content = json.dumps({"spec": spec, "case": asdict(case), "size": size})
    command = [sys.executable, sys.argv[0], "--case", content]
    command += ["--image", str(image)] if image else []
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS") if threads}
    done = subprocess.run(command, env=os.environ | limits, capture_output=True, text=True)
    if done.returncode != 0:
        raise ClassSRError(f"{case}: {done.stderr.strip() or done.returncode}")
    return Timing(**json.loads(done.stdout.splitlines()[-1]))


def run_case(content: dict[str, Any], path: Path | None) -> Timing:
    """What `in_own_process` asks for."""
    image = data.astronaut() if path is None else read_image(path)
    image = imresize(image, size=SIZES[content["size"]])
    return measure(content["spec"], Case(**content["case"]), image)


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


def processor() -> str:
    """The processor's name, as Linux tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
