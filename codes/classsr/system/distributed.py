"""Several processes that train or test as one, started by `paddle.distributed.launch`.

Every function also serves a single process, where it costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import paddle
import paddle.distributed as dist

T = TypeVar("T")


def rank() -> int:
    """The number of this process; 0 writes what there is to write."""
    return int(dist.get_rank())


def world() -> int:
    """How many processes there are."""
    return int(dist.get_world_size())


def start() -> None:
    """Join the other processes, if there are any; the device must have been set before."""
    if world() > 1:
        dist.init_parallel_env()


def barrier() -> None:
    """Wait until all processes are here."""
    if world() > 1:
        dist.barrier()


def mean_over_ranks(values: paddle.Tensor) -> paddle.Tensor:
    """The mean of a tensor over the processes, the same on all of them; without gradient."""
    if world() == 1:
        return values
    total = values.detach().clone()
    dist.all_reduce(total)
    return total / world()


def average_gradients(parameters: Iterable[paddle.Tensor]) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    if world() == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    joined = mean_over_ranks(paddle.concat([gradient.flatten() for gradient in gradients]))
    pieces = paddle.split(joined, [int(gradient.size) for gradient in gradients])
    for gradient, piece in zip(gradients, pieces, strict=True):
        gradient.set_value(piece.reshape(gradient.shape))


def any_rank(flag: bool) -> bool:
    """Whether the flag is set in any process."""
    return flag if world() == 1 else bool(mean_over_ranks(paddle.to_tensor(float(flag))) > 0)


def shard_indices(n: int) -> range:
    """The places out of 0 ... n - 1 that this process works on."""
    return range(rank(), n, world())


def gather_in_order(own: Sequence[T], n: int) -> list[T]:
    """What all processes made of their `shard_indices(n)`, on all of them, in order."""
    if world() == 1:
        return list(own)
    shares: list[Sequence[T]] = []
    dist.all_gather_object(shares, list(own))
    return [shares[place % world()][place // world()] for place in range(n)]
