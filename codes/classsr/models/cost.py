"""What networks cost: FLOPs under the paper's convention and exact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """FLOPs of one forward pass under both conventions."""

    paper: float = 0.0
    exact: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.paper + other.paper, self.exact + other.exact)

    def __mul__(self, factor: float) -> Cost:
        return Cost(self.paper * factor, self.exact * factor)


@dataclass(frozen=True)
class NetworkCost:
    """What one tile costs in the classifier and in each branch, simple to hard."""

    tile: int
    classifier: Cost
    branches: tuple[Cost, ...]

    @property
    def shares(self) -> list[float]:
        """What the branches cost as shares of the costliest one, as the paper counts it."""
        flops = [branch.paper for branch in self.branches]
        return [value / max(flops) for value in flops]
