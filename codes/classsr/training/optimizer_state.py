"""The state of an optimizer as named arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import paddle
from paddle import nn


def begin_optimizer(optimizer: paddle.optimizer.Optimizer, parameters: list[paddle.Tensor]) -> None:
    """Give an optimizer its state before the first step, so that it can be saved and set there.

    Paddle makes it in the first step and has no public call for it.
    """
    block = paddle.static.default_main_program().global_block()
    optimizer._create_accumulators(block, parameters)


def optimizer_arrays(
    network: nn.Layer, optimizer: paddle.optimizer.Optimizer
) -> dict[str, np.ndarray]:
    """The optimizer's state keyed by parameter path, as in `branches.0.entry.weight/moment1_0`.

    Paddle keys it by automatic names, which depend on what else was built before.
    """
    state = optimizer.state_dict()
    return {
        f"{path}/{key.removeprefix(parameter.name + '_')}": state[key].numpy()
        for path, parameter in network.named_parameters()
        for key in state
        if key.startswith(f"{parameter.name}_") and hasattr(state[key], "numpy")
    }


def set_optimizer(
    network: nn.Layer,
    optimizer: paddle.optimizer.Optimizer,
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Restore what `optimizer_arrays` gave, into a begun optimizer of the same network."""
    names = {path: parameter.name for path, parameter in network.named_parameters()}
    state = {}
    for key, array in arrays.items():
        path, _, rest = key.partition("/")
        state[f"{names[path]}_{rest}"] = paddle.to_tensor(array)
    optimizer.set_state_dict(state)
