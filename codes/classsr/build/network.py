"""The network of an option file with its first weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paddle
from paddle import nn

from classsr.build.data import build_training_set
from classsr.checkpoints.native import load_network, load_weights
from classsr.data.loader import stacked
from classsr.errors import ClassSRError
from classsr.models.backbones.fsrcnn import FSRCNN
from classsr.models.channel_pruning import init_by_pruning
from classsr.models.classsr import ClassSR, split_network
from classsr.models.contract import check_backbone
from classsr.models.spec import classsr_spec, create
from classsr.options.schema.training import TrainOptions
from classsr.runtime.pixels import to_batch

PRUNING_TILES = 200  # on which the channels of a wide network are ranked


def network_spec(options: TrainOptions) -> dict[str, Any]:
    """The description of the network that an option file trains."""
    if options.trained is not None:
        return options.trained.model_dump()
    branches = [branch.model_dump() for branch in options.branches]
    return classsr_spec(branches, classifier=options.classifier.model_dump())


def build_network(options: TrainOptions) -> nn.Layer:
    """The network with its initial or pretrained weights, frozen where the options say so."""
    paddle.seed(options.manual_seed)
    network = checked(network_spec(options), scale=options.scale)
    _refuse_random_branches(options)
    if options.path.pretrain_branches is not None:
        _load_branches(network, options.path.pretrain_branches)
    if options.path.prune_from is not None:
        _init_by_pruning(network, options)
    if options.path.pretrain_model is not None:
        load_weights(network, options.path.pretrain_model)
    if options.train.freeze_branches:
        if not isinstance(network, ClassSR):
            raise ClassSRError("train.freeze_branches: only network: ClassSR has branches")
        network.freeze_branches()
    return network


def checked(spec: dict[str, Any], *, scale: int) -> nn.Layer:
    """A network whose parts keep to `models.contract`; ClassSRError for one that does not."""
    try:
        network = create(spec, scale=scale)
    except ClassSRError:
        raise
    except Exception as error:  # whatever the author of a backbone wrote
        reason = " ".join(str(error).split())[:200]
        raise ClassSRError(
            f"branches: the network cannot be built: {type(error).__name__}: {reason}"
        ) from error
    _, branches = split_network(network)
    for branch in branches:
        check_backbone(branch, name=type(branch).__name__, scale=scale)
    return network


def _refuse_random_branches(options: TrainOptions) -> None:
    pretrained = options.path.pretrain_branches or options.path.pretrain_model
    if options.trained is None and not (pretrained or options.train.allow_random_branches):
        raise ClassSRError(
            "network: ClassSR in front of random branches collapses into one class; name trained "
            "ones in path.pretrain_branches, or insist with train.allow_random_branches=true"
        )


def _init_by_pruning(network: nn.Layer, options: TrainOptions) -> None:
    path = options.path.prune_from
    assert path is not None
    wide, _ = load_network(path)
    if not (isinstance(network, FSRCNN) and isinstance(wide, FSRCNN)):
        raise ClassSRError("path.prune_from: only an FSRCNN can start as part of a wider one")
    dataset = build_training_set(options.datasets.train, scale=options.scale)
    drawn = np.random.default_rng(options.manual_seed).integers(len(dataset), size=PRUNING_TILES)
    tiles = to_batch(stacked([dataset[int(index)][0] for index in drawn]))
    try:
        init_by_pruning(network, wide, tiles=tiles)
    except ClassSRError as error:
        raise ClassSRError(f"path.prune_from: {path}: {error}") from error


def _load_branches(network: nn.Layer, paths: list[Path]) -> None:
    if not isinstance(network, ClassSR):
        raise ClassSRError("path.pretrain_branches: only network: ClassSR has branches")
    if len(paths) != len(network.branches):
        raise ClassSRError(
            f"path.pretrain_branches: expected {len(network.branches)} checkpoints, "
            f"found {len(paths)}"
        )
    for branch, path in zip(network.branches, paths, strict=True):
        load_weights(branch, path)
