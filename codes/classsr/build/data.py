"""The images of an option file, to train, validate and test on."""

from __future__ import annotations

from classsr.data.loader import PairDataset
from classsr.data.packed import PackedSet
from classsr.data.paired_folder import PairFolder, open_pairs
from classsr.errors import ClassSRError
from classsr.options.schema.datasets import PairOptions, TrainSetOptions


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
