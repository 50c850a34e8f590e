"""The protocol that options ask for."""

from __future__ import annotations

from functools import partial

from classsr.evaluation.image_scores import Protocol
from classsr.inference.full_protocol import Geometry, full_protocol
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.routing import Router, most_probable
from classsr.options.schema.protocol import ProtocolOptions
from classsr.runtime.runner import Runner


def build_protocol(
    options: ProtocolOptions, runner: Runner, *, route: Router = most_probable
) -> Protocol:
    """The evaluation protocol."""
    if options.protocol == "full":
        geometry = Geometry(tile=options.tile, batch_size=options.tile_batch_size)
        return partial(full_protocol, runner=runner, geometry=geometry, route=route)
    return partial(
        paper_protocol,
        runner=runner,
        tile=options.tile,
        stride=options.stride,
        batch_size=options.tile_batch_size,
        route=route,
    )
