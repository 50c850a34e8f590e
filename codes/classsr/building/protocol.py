"""The device, the protocol and the router that options ask for."""

from __future__ import annotations

from functools import partial

import paddle

from classsr.budget import budget_router, flops_prices, measured_prices, parse_budget
from classsr.errors import ClassSRError
from classsr.evaluate import Protocol
from classsr.flops import NetworkCost
from classsr.full import Geometry, full_protocol
from classsr.options import ProtocolOptions
from classsr.routing import Router, most_probable
from classsr.runtime import Runner
from classsr.superresolve import paper_protocol


def set_device(name: str) -> None:
    """Compute on "cpu" or "gpu"; "auto" takes a GPU where Paddle finds one."""
    gpu_there = paddle.is_compiled_with_cuda() and paddle.device.cuda.device_count() > 0
    if name == "gpu" and not gpu_there:
        raise ClassSRError("device: gpu was asked for, but Paddle finds none; use device: cpu")
    paddle.set_device("gpu" if gpu_there and name != "cpu" else "cpu")


def build_protocol(
    options: ProtocolOptions, runner: Runner, *, route: Router = most_probable
) -> Protocol:
    """The evaluation protocol."""
    if options.protocol == "full":
        geometry = Geometry(tile=options.tile, batch=options.tile_batch)
        return partial(full_protocol, runner=runner, geometry=geometry, route=route)
    return partial(
        paper_protocol,
        runner=runner,
        tile=options.tile,
        step=options.step,
        batch=options.tile_batch,
        route=route,
    )


def build_router(budget: str | None, runner: Runner, cost: NetworkCost) -> Router:
    """The paper's router, or one that keeps to a budget (see `classsr.budget`)."""
    if budget is None:
        return most_probable
    limit = parse_budget(budget)
    if limit.unit == "s":
        prices = measured_prices(runner, tile=cost.tile, halo=Geometry().halo)
    else:
        prices = flops_prices([branch.paper for branch in cost.branches], limit.unit)
    return budget_router(limit, prices)
