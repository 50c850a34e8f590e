"""Plans for an image by what they take: routed, or the plain widest branch on all of it."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from classsr.inference.full_protocol import Geometry, Plan, joined, plain
from classsr.inference.routing import Router, most_probable
from classsr.inference.run_tiles import classify
from classsr.inference.seconds import Seconds
from classsr.inference.tile_grid import cut_tiles
from classsr.runtime.runner import Runner

SAMPLE = 8  # one of so many tiles is classified to see whether routing can be faster
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
    unrouted = plain(image, runner, geometry)
    if runner.num_classes == 1:
        return unrouted
    tiles = cut_tiles(unrouted.image, unrouted.tiling)
    batch_size = geometry.batch_size or runner.batch_size
    bound = seconds.of_regions(unrouted.regions)
    raised = undominated(seconds.of_tiles(geometry))
    number = min(len(tiles), max(LEAST, len(tiles) // SAMPLE))
    order = np.random.default_rng(0).permutation(len(tiles))
    sample, rest = order[:number], order[number:]
    logits = classify(tiles[sample], runner, batch_size=batch_size)
    classes = raised[route(logits)]
    shares = np.bincount(classes, minlength=runner.num_classes) / number
    # The more tiles a class has, the more of them are neighbours and share a window.
    joined_tiles = seconds.of_tiles(geometry, sides=1 + (geometry.limit - 1) * shares)
    routed = len(tiles) * (seconds.classifier + (shares * joined_tiles).sum())
    if routed < bound:
        if len(rest):
            others = classify(tiles[rest], runner, batch_size=batch_size)
            logits = np.concatenate([logits, others])[np.argsort(order)]
        else:
            logits = logits[np.argsort(order)]
        classes = raised[route(logits)]
        regions = joined(classes, unrouted.tiling, geometry)
        routed = seconds.of_regions(regions)  # what the classifier took is spent
        if routed < bound:
            return replace(unrouted, classes=classes, regions=regions)
    log.debug("plain network, predicted to take %.3f s; routed %.3f s", bound, routed)
    return unrouted


def undominated(costs: np.ndarray) -> np.ndarray:
    """For each class the largest one that costs no more (M,)."""
    classes = np.arange(len(costs))
    return np.array([classes[costs <= cost].max() for cost in costs])
