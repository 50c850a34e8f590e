"""What models take on this machine: their parts, and routed against the whole image in one call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from classsr.evaluation.benchmark import thirds
from classsr.evaluation.markdown import table
from classsr.inference.budget import build_router
from classsr.inference.fastest import decide_fastest
from classsr.inference.full_protocol import Geometry, Plan, decide, run_plan
from classsr.inference.routing import Router, most_probable
from classsr.inference.seconds import Seconds, measure_seconds
from classsr.inference.seconds_cache import cache_file, cached_seconds
from classsr.inference.tile_grid import PAPER_TILE, full_tiling
from classsr.inference.usage import image_flops, usage_of
from classsr.models.cost import NetworkCost
from classsr.runtime.export import read_manifest
from classsr.runtime.load import described_by, exported_cost, load_runner
from classsr.runtime.runner import Runner
from classsr.runtime.select import Precision, exported_runner
from classsr.system.clock import timed

RACE_HEADER = (
    "model", "precision", "output", "whole, ms", "full, ms", "full / whole", "FLOPs",
    "default / whole", "median", "plain",
)  # fmt: skip
COSTS_HEADER = ("part", "ns a LR pixel, small to large", "ms a tile", "of the widest", "FLOPs")


@dataclass(frozen=True)
class Race:
    """Images through a routed network and its baseline; seconds are sums of the images' medians.

    whole: the baseline on the whole image in one call.
    full: every tile through the branch of its class.
    default: what `upscale` does, which is the plain network where that is predicted to be faster.
    ratio: of `default` to `whole`, the median over images and turns.
    plain: on how many images `default` was the plain network.
    flops: share of the widest branch's FLOPs that `full` computes, overlap and classifier included.
    """

    whole: float
    full: float
    default: float
    ratio: float
    plain: int
    images: int
    flops: float


def race(
    images: Sequence[np.ndarray],
    runner: Runner,
    baseline: Runner,
    *,
    cost: NetworkCost,
    seconds: Seconds,
    turns: int,
    route: Router = most_probable,
) -> Race:
    """Let both restore uint8 RGB images (H, W, 3) to bytes, in random turns in one process.

    baseline: computes with all cores in one call, as `exported_runner` with one stream does; its
        last branch runs.
    """
    medians: dict[str, list[float]] = {"whole": [], "full": [], "default": []}
    ratios: list[float] = []
    plans: list[Plan] = []
    plain = 0
    geometry = Geometry()
    generator = np.random.default_rng(0)  # threads that still wait for work slow what comes next
    for image in images:
        size = runner.scale * image.shape[0], runner.scale * image.shape[1], 3
        result = np.empty(size, dtype=np.uint8)
        full = partial(decide, image, runner, geometry=geometry, route=route)
        default = partial(
            decide_fastest, image, runner, geometry=geometry, seconds=seconds, route=route
        )
        works: dict[str, Callable[[], object]] = {
            "whole": partial(baseline.run_branch, image[None], baseline.num_classes - 1),
            "full": partial(_restore, full, runner, result),
            "default": partial(_restore, default, runner, result),
        }
        for work in works.values():
            work()  # compiles, and prepares the shapes
        orders = [generator.permutation(list(works)) for _ in range(turns)]
        times = [{name: timed(works[name])[0] for name in order} for order in orders]
        for name, found in medians.items():
            found.append(float(np.median([turn[name] for turn in times])))
        ratios += [turn["default"] / turn["whole"] for turn in times]
        plans.append(full())
        plain += int((default().classes == runner.num_classes - 1).all())
    sums = {name: sum(found) for name, found in medians.items()}
    used = usage_of(plans, num_classes=runner.num_classes, seconds=sums["full"])
    flops, widest = image_flops(used.tiles, used.computed, used.area, cost)
    return Race(
        **sums,
        ratio=float(np.median(ratios)),
        plain=plain,
        images=len(images),
        flops=flops.exact / widest.exact,
    )


def _restore(plan: Callable[[], Plan], runner: Runner, result: np.ndarray) -> None:
    run_plan(plan(), runner, result=result)


def race_row(name: str, precision: str, size: str, found: Race) -> list[str]:
    """A race as a row below `RACE_HEADER`."""
    return [
        name,
        precision,
        size,
        f"{1e3 * found.whole:.1f}",
        f"{1e3 * found.full:.1f}",
        f"{found.full / found.whole:.2f}",
        f"{found.flops:.2f}",
        f"{found.default / found.whole:.2f}",
        f"{found.ratio:.2f}",
        f"{found.plain} of {found.images}",
    ]


def race_exported(
    folder: Path,
    images: Sequence[np.ndarray],
    *,
    baseline: Path,
    precision: Precision,
    turns: int,
    by_thirds: bool,
    budget: str | None = None,
) -> Race:
    """A race of exported networks, with the model's own routing or a third of the tiles each.

    baseline: the folder of a plain network, or of a ClassSR whose widest branch is meant.
    budget: what the routing keeps to (see `inference.budget`).
    """
    bound = math.inf if by_thirds else None  # however much bfloat16 moves what random weights make
    runner = exported_runner(folder, precision=precision, largest_error=bound)
    whole = exported_runner(baseline, precision=precision, largest_error=bound, streams=1)
    seconds = measure_seconds(runner, geometry=Geometry())
    cost = exported_cost(read_manifest(folder))
    if by_thirds:
        (image,) = images
        route = sampled_thirds(image)
    else:
        route = build_router(budget, runner, cost, seconds=seconds)
    return race(images, runner, whole, cost=cost, seconds=seconds, turns=turns, route=route)


def sampled_thirds(image: np.ndarray) -> Router:
    """`thirds` of an image; a sample of its tiles goes to the classes in turn."""
    everywhere = thirds(image, full_tiling(*image.shape[:2]))
    number = len(full_tiling(*image.shape[:2]))

    def route(logits: np.ndarray) -> np.ndarray:
        return everywhere(logits) if len(logits) == number else np.arange(len(logits)) % 3

    return route


def describe_costs(model: str) -> str:
    """What `upscale` knows of a model on this machine, measured now if it never was."""
    runner, cost = load_runner(model, tile=PAPER_TILE)
    geometry = Geometry(tile=PAPER_TILE)
    seconds, depends = cached_seconds(
        runner, geometry=geometry, model=described_by(model), precision="auto"
    )
    tiles = seconds.of_tiles(geometry)
    rows = [
        [
            f"branch {number + 1}",
            " / ".join(f"{1e9 * time / area:.0f}" for area, time in seconds.windows[number]),
            f"{1e3 * tiles[number]:.3f}",
            f"{tiles[number] / tiles[-1]:.0%}",
            f"{branch.exact / cost.branches[-1].exact:.0%}",
        ]
        for number, branch in enumerate(cost.branches)
    ]
    if runner.num_classes > 1:
        share = seconds.classifier / tiles[-1]
        flops = cost.classifier.exact / cost.branches[-1].exact
        figures = (f"{1e3 * seconds.classifier:.3f}", f"{share:.0%}", f"{flops:.0%}")
        rows.append(["classifier", "", *figures])
    about = "\n".join(f"{name}: {value}" for name, value in depends.items())
    return f"{model}\n\n{table(COSTS_HEADER, rows)}\n\n{about}\nkept in: {cache_file(depends)}\n"
