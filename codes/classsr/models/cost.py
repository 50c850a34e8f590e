"""What networks cost: FLOPs under the paper's convention and exact."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from classsr.errors import ClassSRError


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
    """What one tile costs in the classifier and in each branch, simple to hard.

    Raises ClassSRError unless the branches ascend in cost: the last is the widest everywhere.
    """

    tile: int
    classifier: Cost
    branches: tuple[Cost, ...]

    def __post_init__(self) -> None:
        flops = [branch.paper for branch in self.branches]
        if any(wide <= narrow for narrow, wide in pairwise(flops)):
            listed = " / ".join(f"{value / 1e6:.1f} M" for value in flops)
            raise ClassSRError(
                f"the branches cost {listed} FLOPs a tile, expected ascending costs; "
                "name the simple branch first"
            )

    @property
    def shares(self) -> list[float]:
        """What the branches cost as shares of the widest one, as the paper counts it."""
        return [branch.paper / self.branches[-1].paper for branch in self.branches]
