"""The first step of a packed set: photographs at several scales, as HR and LR arrays."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from classsr.data.crops import TRAINING_CROPS, CropRule
from classsr.data.manifest import FILE_NAME, Manifest, begin, checksum
from classsr.data.packed import array_paths, load_array, save_array
from classsr.data.photographs import (
    Recipe,
    check_photograph,
    fitted,
    pair,
    read_photograph,
    resized,
    scaled_name,
)
from classsr.data.work import work_through
from classsr.images import images_by_stem

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PackOptions:
    """How photographs become HR and LR.

    scale: HR over LR; factors: the sizes at which every photograph is taken, relative to its own;
    long_side: larger photographs are first shrunk to so many pixels, None to leave them.
    """

    scale: int = 4
    factors: tuple[float, ...] = (1.0, 0.9, 0.8, 0.7, 0.6)
    long_side: int | None = None
    recipe: Recipe = "matlab"
    crops: CropRule = TRAINING_CROPS


def pack(
    *, source: Path, out: Path, options: PackOptions, n_workers: int | None = None
) -> Manifest:
    """Store every photograph of a folder at every factor, once as HR and once as LR.

    Goes on where an earlier call was stopped and does nothing where one was finished.
    """
    photographs = list(images_by_stem(source).values())
    digests = work_through(photographs, checksum, label="checksums", n_workers=n_workers)
    if not (out / FILE_NAME).is_file():
        check = partial(check_photograph, smallest=options.crops.crop)
        for notice in filter(None, work_through(photographs, check, label="checking")):
            _logger.warning(notice)
    wanted = Manifest(
        step="pack",
        source=str(source),
        options=asdict(options),
        inputs={path.name: digest for path, digest in zip(photographs, digests, strict=True)},
        counts={},
    )
    manifest = begin(out, wanted)
    if manifest.is_complete:
        return manifest
    packing = partial(_pack_photograph, out=out, options=options)
    crops: dict[str, int] = {}
    for of_photograph in work_through(photographs, packing, label="packing", n_workers=n_workers):
        crops |= of_photograph
    return manifest.completed(out, {"total": sum(crops.values()), "crops": crops})


def _pack_photograph(path: Path, *, out: Path, options: PackOptions) -> dict[str, int]:
    """Store one photograph at every factor; returns the number of sub-images by name."""
    names = {scaled_name(path.stem, factor): factor for factor in options.factors}
    if not all(file.exists() for name in names for file in array_paths(out, name)):
        photograph = read_photograph(path)
        if options.long_side:
            photograph = fitted(photograph, long_side=options.long_side, recipe=options.recipe)
        for name, factor in names.items():
            image = photograph
            if factor != 1:
                image = resized(photograph, scale=factor, recipe=options.recipe)
            arrays = pair(image, scale=options.scale, recipe=options.recipe)
            for file, array in zip(array_paths(out, name), arrays, strict=True):
                save_array(file, array)
    hr_files = {name: array_paths(out, name)[1] for name in names}
    return {
        name: len(options.crops.positions(*load_array(file).shape[:2]))
        for name, file in hr_files.items()
    }
