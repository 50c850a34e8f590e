"""From options to objects: the one room that knows all others."""

from classsr.building.data import build_pairs
from classsr.building.network import network_spec
from classsr.building.protocol import build_protocol, build_router, set_device
from classsr.building.training import build_objective, build_schedule, build_state, build_trainer

__all__ = [
    "build_objective",
    "build_pairs",
    "build_protocol",
    "build_router",
    "build_schedule",
    "build_state",
    "build_trainer",
    "network_spec",
    "set_device",
]
