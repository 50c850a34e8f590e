"""One image under changing budgets: what a budget leaves as it was is not computed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from classsr.inference.budget import build_router
from classsr.inference.routing import Router
from classsr.inference.upscaler import Upscaled, Upscaler
from classsr.runtime.remembering_runner import RememberingRunner

CAPACITY = 2**30  # bytes of regions that are remembered; a result of 8K takes half of it


@dataclass(frozen=True)
class Step:
    """A result and what led to it.

    logits: of the tiles of each plan (N, M), in the order of its tiling.
    """

    upscaled: Upscaled
    logits: tuple[np.ndarray, ...]


class Session:
    """Upscales one image again and again, as the upscaler does under each budget.

    Results equal those of a new `Upscaler` with that budget bit by bit, because the regions of the
    last result that come again are all that is taken over.

    upscaler: its own budget does not count.
    image: as `Upscaler` takes it.
    """

    def __init__(self, upscaler: Upscaler, image: np.ndarray, *, capacity: int = CAPACITY) -> None:
        self._upscaler, self._image = upscaler, image
        self._runner = RememberingRunner(upscaler.runner, capacity=capacity)

    @property
    def size(self) -> int:
        """Bytes of what is remembered."""
        return self._runner.size

    def upscale(
        self,
        budget: str | None,
        *,
        progress: Callable[[float], object] = lambda share: None,
    ) -> Step:
        """The image under a budget (see `classsr.inference.budget`), or None for the classes' own.

        progress: as for `Upscaler.upscale`; what it raises stops the work and loses nothing.
        """
        route = build_router(budget, self._upscaler.runner, self._upscaler.cost)
        logits: list[np.ndarray] = []
        listening = self._upscaler.sharing(runner=self._runner, route=_noting(logits, route))
        upscaled = listening.upscale(self._image, progress=progress)
        self._runner.forget_unused()
        return Step(upscaled, tuple(logits))


def _noting(noted: list[np.ndarray], route: Router) -> Router:
    """The router, which notes the logits that it is given."""

    def routed(logits: np.ndarray) -> np.ndarray:
        noted.append(logits)
        return route(logits)

    return routed
