"""Plans for an image by what they take: routed, or the plain widest branch on all of it."""

from __future__ import annotations

import logging

import numpy as np

from classsr.inference.full_protocol import Geometry, Plan, joined, tiled
from classsr.inference.regions import bands
from classsr.inference.routing import Router, most_probable
from classsr.inference.run_tiles import classify
from classsr.inference.seconds import Seconds
from classsr.inference.tile_grid import cut_tiles
from classsr.runtime.runner import Runner

SAMPLE = 16  # one of so many tiles is classified to see whether routing can be faster
LEAST = 16  # tiles in the sample

log = logging.getLogger("classsr")


def decide_fastest(
    image: np.ndarray,
    runner: Runner,
    *,
    geometry: Geometry,
    seconds: Seconds,
    route: Router = most_probable,
) -> Plan:
    """Plan an RGB image (H, W, 3), uint8 or uint16, so that it is never slower than unrouted.

    A tile is not sent to a branch while a larger one takes no longer.  Where the largest branch on
    the whole image, in bands and without a classifier, is predicted to be faster than routing, it
    is what is planned; a sample of the tiles is classified to see that.
    """
    height, width = image.shape[:2]
    image, tiling = tiled(image, tile=geometry.tile)
    tiles = cut_tiles(image, tiling)
    batch_size = geometry.batch_size or runner.batch_size
    widest = runner.num_classes - 1
    whole = bands(
        widest,
        number=max(1, runner.streams - 1),
        tile=geometry.tile,
        halo=geometry.halo,
        limit=geometry.limit,
        size=tiling.covered,
    )
    plain = Plan(image, height, width, tiling, np.full(len(tiling), widest), whole, geometry)
    if widest == 0:
        return plain
    bound = seconds.of_regions(whole)
    of_tiles = seconds.of_tiles(geometry)
    raised = undominated(of_tiles)

    number = min(len(tiles), max(LEAST, len(tiles) // SAMPLE))
    order = np.random.default_rng(0).permutation(len(tiles))
    sample, rest = order[:number], order[number:]
    logits = classify(tiles[sample], runner, batch_size=batch_size)
    classes = raised[route(logits)]
    routed = len(tiles) * (seconds.classifier + of_tiles[classes].mean())
    if routed < bound:
        if len(rest):
            others = classify(tiles[rest], runner, batch_size=batch_size)
            logits = np.concatenate([logits, others])[np.argsort(order)]
        else:
            logits = logits[np.argsort(order)]
        classes = raised[route(logits)]
        regions = joined(classes, tiling, geometry)
        routed = seconds.of_regions(regions)  # what the classifier took is spent
        if routed < bound:
            return Plan(image, height, width, tiling, classes, regions, geometry)
    log.debug("plain network, predicted to take %.3f s; routed %.3f s", bound, routed)
    return plain


def undominated(costs: np.ndarray) -> np.ndarray:
    """For each class the largest one that costs no more (M,)."""
    classes = np.arange(len(costs))
    return np.array([classes[costs <= cost].max() for cost in costs])
