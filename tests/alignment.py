"""Comparisons with the original PyTorch implementation, on its numbers in fixtures/reference.

Each function gives `Comparison`s; the tests hold them to their bounds and
scripts/write_alignment.py prints them as the table of docs/alignment.md.
CLASSSR_REFERENCE names another folder of the same files, with whole outputs instead of crops;
CLASSSR_BENCHMARKS a folder with Set5 and Set14 (HR and LR_bicubic/X4), for the comparisons that
need their images.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

import reference_weights
from classsr.checkpoints.native import set_weights
from classsr.checkpoints.torch_names import from_published
from classsr.data.paired_folder import PairFolder
from classsr.evaluation.metrics import psnr, ssim
from classsr.images.channels import luma
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.routing import most_probable
from classsr.inference.run_tiles import classify
from classsr.models.classsr import mixture
from classsr.models.layers import count_parameters
from classsr.models.spec import classsr_spec, create
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.pixels import to_batch
from classsr.training.losses import average_loss, class_loss
from classsr.training.lr_schedule import cosine_restart
from classsr.training.objectives import Objective, branch_objective, classsr_objective

REFERENCE = Path(
    os.environ.get("CLASSSR_REFERENCE", Path(__file__).parent / "fixtures" / "reference")
)
BENCHMARKS = os.environ.get("CLASSSR_BENCHMARKS")
WIDTHS = {
    "FSRCNN": ("d", (16, 36, 56)),
    "CARN": ("nf", (36, 52, 64)),
    "SRResNet": ("nf", (36, 52, 64)),
    "RCAN": ("n_feats", (36, 50, 64)),
}


@dataclass(frozen=True)
class Comparison:
    """How far a quantity is from the reference, and how far it may be."""

    part: str
    quantity: str
    difference: float
    bound: float


def plain_spec(backbone: str, branch: int) -> dict[str, Any]:
    """The description of a branch (0 the simplest) of the paper's ClassSR."""
    key, widths = WIDTHS[backbone]
    return {"type": backbone, key: widths[branch]}


def paper_spec(backbone: str) -> dict[str, Any]:
    """The description of the paper's ClassSR with this backbone."""
    return classsr_spec([plain_spec(backbone, i) for i in range(3)])


def read(name: str) -> dict[str, np.ndarray]:
    """A reference file."""
    with np.load(REFERENCE / f"{name}.npz") as file:
        return dict(file)


def published_weights(
    reference: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]] | None = None
) -> dict[str, np.ndarray]:
    """The deterministic weights of a reference file under their published names."""
    if shapes is None:
        shapes = json.loads(str(reference["shapes"]))
    weights = reference_weights.make(
        {name: tuple(shape) for name, shape in shapes.items()},
        int(reference["seed"]),
        float(reference["rgb_range"]),
        float(reference["gain"]),
    )
    if "classifier_last_weight" in reference:
        weights["classifier.lastOut.weight"] = reference["classifier_last_weight"]
        weights["classifier.lastOut.bias"] = reference["classifier_last_bias"]
    return weights


def reference_network(spec: dict[str, Any], reference: Mapping[str, np.ndarray]) -> nn.Layer:
    """A network with the weights of a reference file, in evaluation mode."""
    network = create(spec, scale=4)
    weights = from_published(network, published_weights(reference))
    set_weights(network, weights, source=Path("reference"))
    network.eval()
    return network


def relative(found: Any, expected: Any) -> float:
    """The largest difference, each relative to its expected value."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    return float(np.max(np.abs(found - expected) / np.abs(expected)))


def of_range(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference as a share of the range of the expected values."""
    return float(np.max(np.abs(found - expected)) / np.ptp(expected))


def cropped(sr: paddle.Tensor, reference: Mapping[str, np.ndarray]) -> np.ndarray:
    """The part of an output that a reference file keeps, on its range."""
    top, bottom, left, right = reference.get("crop", [0, None, 0, None])
    return sr.numpy()[:, :, top:bottom, left:right] * float(reference["rgb_range"])


@paddle.no_grad()
def plain(backbone: str, branch: int) -> Iterator[Comparison]:
    """One plain network."""
    _, widths = WIDTHS[backbone]
    reference = read(f"{backbone.lower()}_{widths[branch]}")
    network = reference_network(plain_spec(backbone, branch), reference)
    part = f"{backbone} {widths[branch]}"
    sr = cropped(network(paddle.to_tensor(to_batch(reference["lr"]))), reference)
    yield Comparison(part, "output, share of its range", of_range(sr, reference["sr"]), 1e-4)
    extra = abs(count_parameters(network) - int(reference["parameters"]))
    yield Comparison(part, "number of parameters", extra, 0)


@paddle.no_grad()
def classsr(backbone: str) -> Iterator[Comparison]:
    """ClassSR with one backbone."""
    reference = read(f"classsr_{backbone.lower()}")
    network = reference_network(paper_spec(backbone), reference)
    part = f"ClassSR-{backbone}"
    lr = paddle.to_tensor(to_batch(reference["lr"]))
    logits = network.classifier(lr)
    yield Comparison(
        part, "logits, share of their range", of_range(logits.numpy(), reference["logits"]), 1e-4
    )
    runner = PaddleRunner(network)  # as testing routes
    classes = most_probable(classify(reference["lr"], runner, batch_size=4))
    chosen = [runner.run_branch(lr[i : i + 1].numpy(), c) for i, c in enumerate(classes.tolist())]
    routed = paddle.to_tensor(np.concatenate(chosen))
    wrong = np.count_nonzero(classes != reference["logits"].argmax(axis=1))
    yield Comparison(part, "tiles in another class", float(wrong), 0)
    difference = of_range(cropped(routed, reference), reference["sr_routed"])
    yield Comparison(part, "routed output, share of its range", difference, 1e-4)
    results, logits = network(lr)  # as training mixes
    probabilities = F.softmax(logits, axis=1)
    mixed = mixture(results, probabilities)
    difference = float(np.abs(probabilities.numpy() - reference["probabilities"]).max())
    yield Comparison(part, "probabilities", difference, 1e-4)
    difference = of_range(cropped(mixed, reference), reference["sr_mixed"])
    yield Comparison(part, "mixed output, share of its range", difference, 1e-4)
    extra = abs(count_parameters(network) - int(reference["parameters"]))
    yield Comparison(part, "number of parameters", extra, 0)


def losses() -> Iterator[Comparison]:
    """Class and average loss with their gradients."""
    reference = read("losses")
    for name, function in (("class", class_loss), ("average", average_loss)):
        probabilities = paddle.to_tensor(reference["probabilities"], stop_gradient=False)
        value = function(probabilities)
        value.backward()
        difference = relative(float(value), reference[f"{name}_loss"])
        yield Comparison("Losses", f"{name} loss, relative", difference, 1e-6)
        gradient, expected = probabilities.grad.numpy(), reference[f"{name}_grad"]
        difference = float(np.abs(gradient - expected).max() / np.abs(expected).max())
        yield Comparison("Losses", f"gradient of the {name} loss, relative", difference, 1e-6)


def schedule() -> Iterator[Comparison]:
    """Cosine annealing with restarts."""
    reference = read("schedule")
    arguments = json.loads(str(reference["toy_args"]))
    arguments.pop("first")
    toy = cosine_restart(**arguments)
    steps = np.arange(1, len(reference["toy"]) + 1)
    difference = relative([toy(int(step)) for step in steps], reference["toy"])
    yield Comparison("Schedule", "150 steps with two restarts, relative", difference, 1e-6)
    rate = cosine_restart(lr=3e-5, T_period=[500_000], eta_min=2e-6)  # train_ClassSR_RCAN.yml
    found = [rate(int(step)) for step in reference["classsr_rcan_steps"]]
    difference = relative(found, reference["classsr_rcan"])
    yield Comparison("Schedule", "ClassSR-RCAN, relative", difference, 1e-6)


def training() -> Iterator[Comparison]:
    """Twenty Adam steps on one batch, in three set-ups; every loss of every step."""
    reference = read("training")
    fsrcnn = reference_network(plain_spec("FSRCNN", 0), read("fsrcnn_16"))
    curve = losses_of_training(fsrcnn, branch_objective, reference, {"l1": 1.0}, lr=1e-3)
    difference = relative(curve[:, 0], reference["fsrcnn_16_l1"])
    yield Comparison("Training", "FSRCNN 16, 20 steps, relative", difference, 1e-3)

    network = reference_network(paper_spec("FSRCNN"), read("classsr_fsrcnn"))
    network.freeze_branches()
    weights = {"l1": 1000.0, "class": 0.5, "average": 3.0}
    curve = losses_of_training(network, classsr_objective, reference, weights, lr=2e-4)
    difference = relative(curve, reference["classsr_fsrcnn"])
    yield Comparison("Training", "ClassSR-FSRCNN, 20 steps, all losses", difference, 1e-3)

    rcan = create(
        {"type": "RCAN", "n_feats": 16, "n_resgroups": 2, "n_resblocks": 3, "reduction": 8},
        scale=4,
    )
    shapes = {name: tuple(tensor.shape) for name, tensor in rcan.state_dict().items()}
    arrays = published_weights(read("rcan_36"), shapes)
    set_weights(rcan, from_published(rcan, arrays), source=Path("reference"))
    curve = losses_of_training(rcan, branch_objective, reference, {"l1": 255.0}, lr=2e-4)
    difference = relative(curve[:, -1], reference["rcan_small_l1_on_0_255"])
    yield Comparison("Training", "a small RCAN, 20 steps, relative", difference, 1e-3)


def losses_of_training(
    network: nn.Layer,
    objective: Objective,
    reference: Mapping[str, np.ndarray],
    weights: Mapping[str, float],
    *,
    lr: float,
) -> np.ndarray:
    """The terms and the weighted total of 20 steps, (20, terms + 1)."""
    inputs = paddle.to_tensor(to_batch(reference["lr"]))
    targets = paddle.to_tensor(to_batch(reference["hr"]))
    network.train()
    adam = paddle.optimizer.Adam(
        lr, beta1=0.9, beta2=0.99, parameters=[p for p in network.parameters() if p.trainable]
    )
    curve = []
    for _ in range(20):
        terms = objective(network, inputs, targets).losses
        total = paddle.add_n([weights[name] * term for name, term in terms.items()])
        total.backward()
        adam.step()
        adam.clear_grad()
        curve.append([float(term) for term in terms.values()] + [float(total)])
    return np.array(curve)


def protocol(backbone: str) -> Iterator[Comparison]:
    """The published test procedure on a block of 2x2 tiles."""
    reference = read(f"protocol_crop_{backbone.lower()}")
    network = reference_network(paper_spec(backbone), read(f"classsr_{backbone.lower()}"))
    restored = paper_protocol(reference["lr"], PaddleRunner(network))
    expected = reference["sr"] / 4  # stored in quarters of a grey level
    height, width = expected.shape[:2]
    part = f"Test procedure, ClassSR-{backbone}"
    yield from grey_levels(part, restored.image[:height, :width], expected)


def grey_levels(part: str, found: np.ndarray, expected: np.ndarray) -> Iterator[Comparison]:
    """Compare two merged images on 0..255."""
    difference = np.abs(found - expected)
    yield Comparison(part, "merged image, grey levels", float(difference.max()), 1)
    yield Comparison(part, "values that differ", float(np.mean(difference > 0)), 1e-3)


def whole_protocol(backbone: str) -> Iterator[Comparison]:
    """The published test procedure on Set14 img_001; needs CLASSSR_REFERENCE and _BENCHMARKS."""
    reference = read(f"protocol_classsr_{backbone.lower()}")
    network = reference_network(paper_spec(backbone), read(f"classsr_{backbone.lower()}"))
    lr, hr = benchmark("Set14")[0]
    restored = paper_protocol(lr, PaddleRunner(network))
    part = f"Test procedure on Set14 img_001, ClassSR-{backbone}"
    counts = np.bincount(restored.classes, minlength=3)
    moved = float(np.abs(counts - reference["classes"]).sum())
    yield Comparison(part, "class counts", moved, 0)
    yield from grey_levels(part, restored.image, reference["sr_bgr"][:, :, ::-1])
    height, width = restored.image.shape[:2]
    hr = hr[:height, :width]
    difference = abs(psnr(restored.image, hr, crop_border=4) - float(reference["psnr"]))
    yield Comparison(part, "PSNR RGB, dB", difference, 1e-3)
    found = psnr(luma(restored.image), luma(hr), crop_border=4)
    yield Comparison(part, "PSNR Y, dB", abs(found - float(reference["psnr_y"])), 1e-3)


def set5_metrics() -> Iterator[Comparison]:
    """Set5 under OpenCV's bicubic; needs CLASSSR_REFERENCE and CLASSSR_BENCHMARKS."""
    columns = json.loads(str(read("metrics")["columns"]))
    found = []
    pairs = benchmark("Set5")
    for index in range(len(pairs)):
        lr, hr = pairs[index]
        sr = cv2.resize(lr, (hr.shape[1], hr.shape[0]), interpolation=cv2.INTER_CUBIC)
        sr_y, hr_y = luma(sr), luma(hr)
        found.append(
            [
                psnr(sr, hr, crop_border=4),
                psnr(sr_y, hr_y, crop_border=4),
                ssim(sr_y, hr_y, crop_border=4),
                ssim(sr, hr, crop_border=4),
            ]
        )
    differences = np.abs(np.array(found) - read("metrics")["set5_cv2_bicubic"]).max(axis=0)
    for column, difference in zip(columns, differences, strict=True):
        yield Comparison("Metrics on Set5", column, float(difference), 1e-4)


def benchmark(name: str) -> PairFolder:
    """A common test set in the folder that CLASSSR_BENCHMARKS names."""
    assert BENCHMARKS is not None
    folder = Path(BENCHMARKS) / name
    return PairFolder(gt=folder / "HR", lq=folder / "LR_bicubic" / "X4", scale=4)


def all_comparisons() -> dict[str, Callable[[], Iterator[Comparison]]]:
    """Every comparison that the files at hand allow, by name."""
    found: dict[str, Callable[[], Iterator[Comparison]]] = {}
    for backbone in WIDTHS:
        for branch in range(3):
            found[f"{backbone}-{branch + 1}"] = partial(plain, backbone, branch)
        found[f"ClassSR-{backbone}"] = partial(classsr, backbone)
    found |= {"losses": losses, "schedule": schedule, "training": training}
    whole = BENCHMARKS is not None and (REFERENCE / "metrics.npz").exists()
    for backbone in ("FSRCNN", "CARN"):
        if whole:
            found[f"protocol-{backbone}"] = partial(whole_protocol, backbone)
        else:
            found[f"protocol-{backbone}"] = partial(protocol, backbone)
    if whole:
        found["metrics"] = set5_metrics
    return found
