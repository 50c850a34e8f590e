"""Measure training on the CPU: speed beside PyTorch, the ClassSR step, and a long run.

python scripts/benchmark_training.py --torch-python PYTHON    a Python with PyTorch, if there is one

Speeds are those of the fastest step, since other programs only make steps slower. Paddle and
PyTorch take turns, so that both meet the same load.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import classsr  # noqa: F401  # before Paddle, for which it prepares the process

# isort: split
import numpy as np
import paddle
from paddle import nn

from classsr.build.training import build_experiment, build_state, build_trainer
from classsr.cli.main import errors_in_one_line
from classsr.images.rgb import write_image
from classsr.models.backbones import BACKBONES
from classsr.models.classifier import Classifier
from classsr.models.classsr import ClassSR
from classsr.models.layers import Conv2D, Conv2DTranspose
from classsr.options.schema.training import TrainOptions
from classsr.system.clock import seconds_of
from classsr.system.cpu import keep_freed_memory, starting_environment
from classsr.system.distributed import average_gradients, rank, start, world
from classsr.system.signals import GracefulShutdown
from classsr.training.objectives import Objective, branch_objective, classsr_objective

ROOT = Path(__file__).parent.parent
NETWORKS = {
    "FSRCNN-56": lambda: BACKBONES["FSRCNN"](d=56),
    "SRResNet-64": lambda: BACKBONES["SRResNet"](nf=64),
}
WIDTHS = {"FSRCNN": ("d", (16, 36, 56)), "SRResNet": ("nf", (36, 52, 64))}
STEPS = {"FSRCNN-56": 40, "SRResNet-64": 3}  # of one measurement
BATCH = 16
PARTS = ("speed", "layers", "classsr", "soak")


def fastest(work: Callable[[], object], *, repetitions: int) -> float:
    """Seconds of the fastest of some repetitions."""
    return min(seconds_of(work, repetitions=repetitions))


def training_step(network: nn.Layer, objective: Objective, *, batch: int) -> Callable[[], None]:
    """A step on random tiles, with Adam."""
    parameters = [p for p in network.parameters() if not p.stop_gradient]
    adam = paddle.optimizer.Adam(1e-4, parameters=parameters)
    lr, hr = paddle.rand([batch, 3, 32, 32]), paddle.rand([batch, 3, 128, 128])

    def step() -> None:
        paddle.add_n(list(objective(network, lr, hr).losses.values())).backward()
        average_gradients(parameters)
        adam.step()
        adam.clear_grad()

    return step


def compare_speed(*, torch_python: str | None, rounds: int) -> None:
    """Tiles per second of one process, of one for each core, and of PyTorch."""
    cores = len(os.sched_getaffinity(0))
    measure = [str(Path(__file__).resolve()), "--measure"]
    launch = ["-m", "paddle.distributed.launch", "--nproc_per_node", str(cores)]
    for name in NETWORKS:
        with tempfile.TemporaryDirectory() as logs:
            runs = {
                "Paddle, 1 process": [sys.executable, *measure, name],
                f"Paddle, {cores} processes": [
                    *(sys.executable, *launch, "--log_dir", logs, *measure, name)
                ],
            }
            if torch_python is not None:
                yardstick = str(ROOT / "scripts" / "pytorch_yardstick.py")
                runs["PyTorch"] = [torch_python, yardstick, name, str(STEPS[name])]
            rates = dict.fromkeys(runs, 0.0)
            for _ in range(rounds):
                for run, command in runs.items():
                    rates[run] = max(rates[run], printed_number(command))
        for run, rate in rates.items():
            share = f", {rate / rates['PyTorch']:.2f} of PyTorch" if "PyTorch" in rates else ""
            print(f"{name}: {run}: {rate:.1f} tiles/s{share}", flush=True)


def printed_number(command: list[str]) -> float:
    """The one line of a command's output that is a number."""
    done = subprocess.run(
        command,
        env=starting_environment(os.getpid()),  # without the settings of this process
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    numbers = [line for line in done.stdout.splitlines() if line.replace(".", "", 1).isdigit()]
    return float(numbers[0])


def measure(name: str) -> None:
    """Print the tiles per second of a network; all processes together train on one batch."""
    start()
    step = training_step(NETWORKS[name](), branch_objective, batch=BATCH // world())
    rate = BATCH / fastest(step, repetitions=STEPS[name])
    if rank() == 0:
        print(rate)


def profile_layers() -> None:
    """Forward and backward time of the layers, and of the matrix product a convolution needs."""
    layers = {
        "FSRCNN conv 5x5 3->56": (3, Conv2D(3, 56, 5, padding=2)),
        "FSRCNN conv 1x1 56->12": (56, Conv2D(56, 12, 1)),
        "FSRCNN conv 3x3 12->12": (12, Conv2D(12, 12, 3, padding=1)),
        "FSRCNN conv 1x1 12->56": (12, Conv2D(12, 56, 1)),
        "FSRCNN PReLU 56": (56, nn.PReLU()),
        "FSRCNN deconv 9x9 56->3": (
            56,
            Conv2DTranspose(56, 3, 9, stride=4, padding=3, output_padding=1),
        ),
        "SRResNet conv 3x3 64->64": (64, Conv2D(64, 64, 3, padding=1)),
    }
    for name, (channels, layer) in layers.items():
        x = paddle.rand([BATCH, channels, 32, 32])
        x.stop_gradient = channels == 3  # nothing asks for the gradient of the input image
        y = layer(x)
        gradient = paddle.rand(y.shape)
        wanted = [t for t in (x, *layer.parameters()) if not t.stop_gradient]
        backward = partial(paddle.grad, y, wanted, gradient, retain_graph=True)
        forward_ms = fastest(partial(layer, x), repetitions=8) * 1e3
        backward_ms = fastest(backward, repetitions=8) * 1e3
        print(f"{name}: forward {forward_ms:.1f} ms, backward {backward_ms:.1f} ms")
    a, b = paddle.rand([BATCH * 32 * 32, 576]), paddle.rand([576, 64])
    product_ms = fastest(partial(paddle.matmul, a, b), repetitions=8) * 1e3
    print(f"the matrix product in SRResNet's convolution: {product_ms:.1f} ms", flush=True)


def compare_classsr_step(backbone: str) -> None:
    """The step of ClassSR with frozen branches against the least that it must compute."""
    width, widths = WIDTHS[backbone]
    branches = [BACKBONES[backbone](**{width: value}) for value in widths]
    network = ClassSR(classifier=Classifier(num_classes=3), branches=branches)
    network.freeze_branches()
    own = Classifier(num_classes=3)
    adam = paddle.optimizer.Adam(1e-4, parameters=own.parameters())
    lr = paddle.rand([BATCH, 3, 32, 32])

    @paddle.no_grad()
    def forward() -> None:
        for branch in branches:
            branch(lr)

    def classify() -> None:
        nn.functional.softmax(own(lr)).max(axis=1).mean().backward()
        adam.step()
        adam.clear_grad()

    step = training_step(network, classsr_objective, batch=BATCH)
    whole, parts, classifier = (fastest(work, repetitions=8) for work in (step, forward, classify))
    print(
        f"ClassSR-{backbone}: step {whole * 1e3:.0f} ms, branches forward {parts * 1e3:.0f} ms, "
        f"classifier's step {classifier * 1e3:.0f} ms, ratio {whole / (parts + classifier):.2f}",
        flush=True,
    )


def soak(steps: int) -> None:
    """Train a small FSRCNN for many steps; print the growth of memory and of open files."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        random = np.random.default_rng(0)
        for number in range(8):
            for name, side in (("GT", 64), ("LR", 16)):
                image = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
                write_image(folder / name / f"{number}.png", image)
        train_set = {"dataroot_GT": folder / "GT", "dataroot_LQ": folder / "LR", "n_workers": 2}
        options = TrainOptions.model_validate(
            {
                "name": "soak",
                "branches": [{"type": "FSRCNN", "d": 16}],
                "network": "branch1",
                "datasets": {"train": train_set | {"batch_size": 4}},
                "train": {
                    "niter": steps,
                    "lr": 1e-3,
                    "ema_decay": 0.99,
                    "scheduler": {"type": "CosineAnnealingLR_Restart", "T_period": [steps]},
                },
                "path": {"experiments": folder},
                "logger": {"print_freq": 50, "save_checkpoint_freq": 100},
            }
        )
        state = build_state(options)
        experiment = build_experiment(options)
        trainer = build_trainer(options, state.network, experiment=experiment)
        experiment.start("")
        samples: list[tuple[int, float, int]] = []
        add = experiment.scalars.add

        def sampled(step: int, values: Mapping[str, float]) -> None:
            add(step, values)
            samples.append((step, resident_megabytes(), len(list(Path("/proc/self/fd").iterdir()))))

        experiment.scalars.add = sampled  # type: ignore[method-assign]
        with GracefulShutdown() as shutdown:
            trainer.fit(state, shutdown)
    settled = np.array(samples[len(samples) // 5 :], dtype=float)
    slope = np.polyfit(settled[:, 0], settled[:, 1], 1)[0] * 1000
    print(
        f"soak: {steps} steps, {settled[0, 1]:.0f} MB at step {settled[0, 0]:.0f}, "
        f"{settled[-1, 1]:.0f} MB at the end, slope {slope:+.3f} MB per 1,000 steps; "
        f"open files {settled[0, 2]:.0f} then {settled[-1, 2]:.0f}"
    )


def resident_megabytes() -> float:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch-python", metavar="PYTHON", help="a Python that has PyTorch")
    parser.add_argument("--rounds", type=int, default=3, help="turns of Paddle and PyTorch")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    parser.add_argument("--soak", type=int, default=3000, help="steps of the long run")
    parser.add_argument("--measure", choices=NETWORKS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    paddle.set_device("cpu")
    keep_freed_memory()  # as train.py does
    if given.measure:
        measure(given.measure)
        return
    if "speed" in given.parts:
        compare_speed(torch_python=given.torch_python, rounds=given.rounds)
    if "layers" in given.parts:
        profile_layers()
    if "classsr" in given.parts:
        for backbone in WIDTHS:
            compare_classsr_step(backbone)
    if "soak" in given.parts:
        soak(given.soak)


if __name__ == "__main__":
    with errors_in_one_line():
        run()
