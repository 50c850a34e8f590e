"""The form in which a network is exported; see docs/design.md, "A network has two forms"."""

from __future__ import annotations

import copy

from paddle import nn


def deploy(network: nn.Layer) -> nn.Layer:
    """A copy that computes the same from layers that graphs run best.

    A layer offers its replacement by a method `deployed() -> nn.Layer`; its own layers have been
    replaced before it is asked.
    """
    return _replaced(copy.deepcopy(network))


def _replaced(layer: nn.Layer) -> nn.Layer:
    for name, child in list(layer.named_children()):
        layer.add_sublayer(name, _replaced(child))
    make = getattr(layer, "deployed", None)
    return layer if make is None else make()
