"""What upscaling took: tiles, FLOPs and seconds of each picture, and of all together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from classsr.flops import Cost, NetworkCost
from classsr.full import Geometry, Plan, strips_of_regions
from classsr.jobs import Job


@dataclass(frozen=True)
class Spent:
    """What pictures took.

    tiles: how many went to each class, simple to hard.
    flops: paper: the tiles by their branches; exact: all that was computed, with the classifier
        and the halos of the regions.
    full: the same for the widest branch alone, without halos.
    seconds: from pixels to pixels, without reading and writing files.
    """

    tiles: tuple[int, ...]
    flops: Cost
    full: Cost
    seconds: float

    def __str__(self) -> str:
        share = self.flops.paper / self.full.paper
        tiles = " / ".join(map(str, self.tiles))
        return f"tiles {tiles}, {share:.1%} of the FLOPs, {self.seconds:.1f} s"


def spent(
    plans: Iterable[Plan], cost: NetworkCost, *, geometry: Geometry, scale: int, seconds: float
) -> Spent:
    """What the planes of a picture took, whose classes are `plans`."""
    tiles = np.zeros(len(cost.branches), dtype=np.int64)
    flops, full = Cost(), Cost()
    for plan in plans:
        counts = np.bincount(plan.classes, minlength=len(cost.branches))
        tiles += counts
        paper = sum(
            int(count) * branch.paper for count, branch in zip(counts, cost.branches, strict=True)
        )
        exact = cost.classifier.exact * len(plan.classes) + sum(
            cost.branches[region.branch].exact * math.prod(region.shape) / cost.tile**2
            for strip in strips_of_regions(plan, scale=scale, geometry=geometry)
            for region in strip
        )
        flops += Cost(paper, exact)
        widest, area = cost.branches[-1], math.prod(plan.image.shape[:2])
        full += Cost(widest.paper * len(plan.classes), widest.exact * area / cost.tile**2)
    return Spent(tuple(tiles.tolist()), flops, full, seconds)


def total(parts: Iterable[Spent]) -> Spent:
    """The sum over pictures, of which there is at least one."""
    first, *others = parts
    tiles, flops, full, seconds = np.array(first.tiles), first.flops, first.full, first.seconds
    for part in others:
        tiles, flops, full = tiles + part.tiles, flops + part.flops, full + part.full
        seconds += part.seconds
    return Spent(tuple(tiles.tolist()), flops, full, seconds)


def to_json(about: dict[str, Any], done: dict[Job, Spent], failed: dict[Job, str]) -> str:
    """A report: what ran, what became of each picture, and the sum over those that are done."""
    content = {
        **about,
        "pictures": [{**_files(job), **_figures(spent)} for job, spent in done.items()],
        "failed": [{**_files(job), "error": error} for job, error in failed.items()],
        "total": _figures(total(done.values())) if done else None,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _files(job: Job) -> dict[str, str]:
    return {"source": str(job.source), "target": str(job.target)}


def _figures(spent: Spent) -> dict[str, Any]:
    return {
        **asdict(spent),
        "share": spent.flops.paper / spent.full.paper,
        "share_exact": spent.flops.exact / spent.full.exact,
    }
