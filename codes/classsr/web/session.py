"""One image under changing budgets: what a budget leaves as it was is not computed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from classsr.images.channels import to_rgb
from classsr.inference.budget import build_router
from classsr.inference.flat import flat_weights
from classsr.inference.full_protocol import Plan, joined, one_branch, run_plan
from classsr.inference.routing import Router
from classsr.inference.run_tiles import classify
from classsr.inference.tile_grid import cut_tiles
from classsr.inference.upscaler import Upscaled, Upscaler, check_image, geometry_for, planes_of


@dataclass(frozen=True)
class Step:
    """A result and what led to it.

    logits: of the tiles of each plan (N, M), in the order of its tiling.
    computed: share of the area that the last result did not have.
    """

    upscaled: Upscaled
    logits: tuple[np.ndarray, ...]
    computed: float


class Session:
    """Upscales one image again and again, as the upscaler does under each budget.

    The tiles are classified once, and regions of the last result that come again are taken from
    it; results equal those of a new `Upscaler` with that budget bit by bit, because what becomes
    of a region does not depend on the others.

    upscaler: its own budget does not count.
    image: as `Upscaler.upscale` takes it.
    """

    def __init__(self, upscaler: Upscaler, image: np.ndarray) -> None:
        check_image(image)
        self._upscaler, self._image = upscaler, image
        self._planes = [_Plane(plane, upscaler) for plane in planes_of(image)]

    def upscale(
        self,
        budget: str | float | None,
        *,
        progress: Callable[[float], object] = lambda share: None,
    ) -> Step:
        """The image under a budget (see `classsr.inference.budget`), or None for the classes' own.

        progress: as for `Upscaler.upscale`; what it raises stops the work, and the last result
            of each plane stays.
        """
        route = build_router(budget, self._upscaler.runner, self._upscaler.cost)
        plans = [plane.plan(route) for plane in self._planes]
        areas = [plane.changed(plan) for plane, plan in zip(self._planes, plans, strict=True)]
        area = sum(areas)
        for plane, plan in zip(self._planes, plans, strict=True):
            plane.restore(plan, lambda pixels: progress(pixels / area))
        image = self._upscaler.assembled([plane.result for plane in self._planes], self._image)
        logits = tuple(plane.logits for plane in self._planes)
        whole = sum(region.area for plan in plans for region in plan.regions)
        return Step(Upscaled(image, tuple(plans)), logits, computed=area / whole)


class _Plane:
    """Colours or alpha of an image, their logits, and their last result."""

    def __init__(self, plane: np.ndarray, upscaler: Upscaler) -> None:
        self._runner = runner = upscaler.runner
        geometry = geometry_for(plane.shape[:2], tile=upscaler.tile, runner=runner)
        self._simplest = first = one_branch(to_rgb(plane), 0, geometry)
        tiles = cut_tiles(first.image, first.tiling)
        self.logits = classify(tiles, runner, batch_size=geometry.batch_size)
        self._flat = flat_weights(first.image)
        shape = (runner.scale * first.height, runner.scale * first.width, *plane.shape[2:])
        self.result = np.zeros(shape, dtype=plane.dtype)
        self._regions: frozenset[object] = frozenset()

    def plan(self, route: Router) -> Plan:
        plan, classes = self._simplest, route(self.logits)
        regions = joined(classes, plan.tiling, plan.geometry)
        return replace(plan, classes=classes, regions=regions)

    def changed(self, plan: Plan) -> int:
        """LR pixels of the regions that the last result does not have."""
        return sum(region.area for region in plan.regions if region not in self._regions)

    def restore(self, plan: Plan, progress: Callable[[int], object]) -> None:
        """Bring the result to a plan; the array of the last one is not changed."""
        changed = [region for region in plan.regions if region not in self._regions]
        if changed:
            result = self.result.copy()
            run_plan(
                replace(plan, regions=changed),
                self._runner,
                result=result,
                flat=self._flat,
                progress=progress,
            )
            self.result, self._regions = result, frozenset(plan.regions)
