"""The checkpoints that the tables can be made from: trained ones, and those that are shipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from paddle import nn

from classsr.checkpoints.native import load_network
from classsr.errors import ClassSRError
from classsr.evaluation.paper.datasets import SCALE
from classsr.runtime.load import SHIPPED, SUFFIX, trained_weights

SMALL = "_small"  # in the names of shipped networks that are smaller than the paper's


@dataclass(frozen=True)
class Weights:
    """A checkpoint that is there.

    name: of the experiment, as in ClassSR_RCAN_joint; origin: "trained" here, or "shipped".
    """

    name: str
    origin: str
    path: Path

    def __str__(self) -> str:
        return f"{self.name}, {self.origin}"

    @property
    def full_size(self) -> bool:
        """Whether the network is the paper's, so that its figures compare."""
        return SMALL not in self.name

    def called(self, network: str) -> str:
        """A network's name in a table, so that nobody takes a small one for the paper's."""
        return network if self.full_size else f"{network}, small"

    def load(self) -> nn.Layer:
        """The network in evaluation mode."""
        network, _ = load_network(self.path)
        if network.scale != SCALE:
            raise ClassSRError(f"{self.path}: is x{network.scale}, expected x{SCALE}")
        return network


def original(backbone: str) -> list[str]:
    """The experiments that train a backbone alone on all data."""
    return [f"{backbone}_O", f"{backbone}{SMALL}_O"]


def classsr(backbone: str) -> list[str]:
    """The experiments that train ClassSR with a backbone."""
    return [f"ClassSR_{backbone}{size}{stage}" for size in ("", SMALL) for stage in ("", "_joint")]


def find(names: Iterable[str], *, experiments: Path) -> list[Weights]:
    """All checkpoints of some experiments: the end of a training, else its best, and the shipped.

    experiments: the folder that trainings write to.
    """
    found = []
    for name in names:
        trained = [path for path in trained_weights(experiments / name) if path.is_file()]
        found += [Weights(name, "trained", path) for path in trained[:1]]
        shipped = SHIPPED / f"{name}{SUFFIX}"
        if shipped.is_file():
            found.append(Weights(name, "shipped", shipped))
    return found


def how_to_train(name: str) -> str:
    """A line of advice for an experiment without weights."""
    return f"{name}: no weights; train them with: python train.py -opt options/train_{name}.yml"
