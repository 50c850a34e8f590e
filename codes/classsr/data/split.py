"""The last step of a packed set: its index, with a class for every sub-image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classsr.data.crops import CropRule
from classsr.data.manifest import Manifest, begin, load_complete
from classsr.data.packed import INDEX_DTYPE, array_paths, load_array, save_array
from classsr.data.scores import CLASS_NAMES, tercile_classes, threshold_classes


def split(*, folder: Path, thresholds: Sequence[float] | None = None) -> Manifest:
    """Class every sub-image of a scored set by thresholds in dB, ascending, or by terciles.

    Does nothing where the set is split this way already.
    """
    packed = load_complete(folder)
    load_complete(folder / "scores")
    out = folder / "classes"
    wanted = Manifest(
        step="split",
        source="scores",
        options={"thresholds": None if thresholds is None else list(thresholds)},
        inputs={},
        counts={},
    )
    manifest = begin(out, wanted)
    if manifest.is_complete:
        return manifest
    index = _positions_and_scores(folder, packed)
    scores = index["score"]
    if thresholds is None:
        index["label"] = tercile_classes(scores)
    else:
        index["label"] = threshold_classes(scores, thresholds)
    save_array(out / "index.npy", index)
    return manifest.completed(out, _counts(index))


def _positions_and_scores(folder: Path, packed: Manifest) -> np.ndarray:
    crops = CropRule(**packed.options["crops"])
    parts = []
    for number, (name, n_crops) in enumerate(packed.counts["crops"].items()):
        part = np.zeros(n_crops, INDEX_DTYPE)
        hr = load_array(array_paths(folder, name)[1])
        corners = crops.positions(*hr.shape[:2]) // packed.options["scale"]
        part["image"], part["y"], part["x"] = number, corners[:, 0], corners[:, 1]
        part["score"] = load_array(folder / "scores" / f"{name}.npy")
        parts.append(part)
    return np.concatenate(parts)


def _counts(index: np.ndarray) -> dict[str, object]:
    """The size of every class and the lowest score in it, None where it is empty."""
    counts: dict[str, object] = {"total": len(index)}
    for label, name in enumerate(CLASS_NAMES):
        scores = index["score"][index["label"] == label]
        counts[name] = {
            "count": len(scores),
            "from_db": float(scores.min()) if len(scores) else None,
        }
    return counts
