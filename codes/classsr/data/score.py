"""The second step of a packed set: score every sub-image."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from classsr.data.crops import CropRule
from classsr.data.manifest import Manifest, begin, load_complete
from classsr.data.packed import array_paths, load_array, save_array
from classsr.data.scores import bicubic_restorer, psnr_of_each
from classsr.data.work import work_through

_SUB_IMAGES_AT_ONCE = 128


def score(*, folder: Path, n_workers: int | None = None) -> Manifest:
    """Score every sub-image of a packed set by the PSNR of a restoration, in dB.

    Goes on where an earlier call was stopped and does nothing where one was finished.
    """
    packed = load_complete(folder)
    out = folder / "scores"
    wanted = Manifest(
        step="score", source="bicubic", options={"by": "bicubic"}, inputs={}, counts={}
    )
    manifest = begin(out, wanted)
    if manifest.is_complete:
        return manifest
    options = packed.options
    scoring = partial(
        _score_photograph,
        folder=folder,
        scale=options["scale"],
        crops=CropRule(**options["crops"]),
    )
    work_through(list(packed.counts["crops"]), scoring, label="scoring", n_workers=n_workers)
    return manifest.completed(out, {"total": packed.counts["total"]})


def _score_photograph(name: str, *, folder: Path, scale: int, crops: CropRule) -> None:
    out = folder / "scores" / f"{name}.npy"
    if out.exists():
        return
    lr, hr = (load_array(path) for path in array_paths(folder, name))
    positions = crops.positions(*hr.shape[:2])
    scores = [np.empty(0)]
    for start in range(0, len(positions), _SUB_IMAGES_AT_ONCE):
        corners = positions[start : start + _SUB_IMAGES_AT_ONCE]
        sr = bicubic_restorer(scale)(_cut(lr, corners // scale, crops.crop // scale))
        scores.append(psnr_of_each(sr, _cut(hr, corners, crops.crop), border=scale))
    save_array(out, np.concatenate(scores))


def _cut(image: np.ndarray, corners: np.ndarray, side: int) -> np.ndarray:
    """The square sub-images with the given top left corners, stacked."""
    return np.stack([image[y : y + side, x : x + side] for y, x in corners.tolist()])
