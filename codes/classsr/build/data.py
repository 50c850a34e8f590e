"""The images of an option file, and the protocol under which they are restored."""

from __future__ import annotations

from functools import partial

from classsr.data.loader import PairDataset
from classsr.data.packed import PackedSet
from classsr.data.paired_folder import PairFolder, open_pairs
from classsr.errors import ClassSRError
from classsr.evaluation.image_scores import Protocol
from classsr.inference.full_protocol import Geometry, full_protocol
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.routing import Router, most_probable
from classsr.options.schema.datasets import PairOptions, TrainSetOptions
from classsr.options.schema.protocol import ProtocolOptions
from classsr.runtime.runner import Runner


def build_training_set(options: TrainSetOptions, *, scale: int) -> PairDataset:
    """The sub-images to train on, all or of some classes."""
    dataset: PairFolder | PackedSet
    if options.dataroot_packed is not None:
        dataset = PackedSet(options.dataroot_packed)
        if dataset.scale != scale:
            raise ClassSRError(f"{options.dataroot_packed}: is x{dataset.scale}, expected x{scale}")
    else:
        assert options.dataroot_GT is not None and options.dataroot_LQ is not None
        dataset = PairFolder(gt=options.dataroot_GT, lq=options.dataroot_LQ, scale=scale)
    if options.classes is not None:
        dataset = dataset.subset(classes=[number - 1 for number in options.classes])
    return dataset


def build_pairs(options: PairOptions, *, scale: int) -> PairFolder:
    """Whole images to validate or test on."""
    return open_pairs(
        options.name,
        gt=options.dataroot_GT,
        lq=options.dataroot_LQ,
        scale=scale,
        made_by=options.made_by,
    )


def build_protocol(
    options: ProtocolOptions, runner: Runner, *, route: Router = most_probable
) -> Protocol:
    """The protocol that options ask for."""
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
