"""The last step: simple, medium and hard sub-images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classsr.data.manifest import Manifest, begin, load_complete
from classsr.data.packed import load_array
from classsr.data.prepare.layouts import layout_of
from classsr.data.prepare.score import score_path
from classsr.errors import ClassSRError

CLASS_NAMES = ("simple", "medium", "hard")


def split(folder: Path, *, thresholds: Sequence[float] | None = None, claims: str = "") -> Manifest:
    """Class every sub-image of a scored set by thresholds in dB, ascending, or by terciles.

    Does nothing where the set is split this way already.
    """
    if thresholds is not None and (len(thresholds) != 2 or thresholds[0] >= thresholds[1]):
        raise ClassSRError(f"--thresholds: expected two, ascending, in dB; found {thresholds}")
    cut = load_complete(folder)
    load_complete(folder / "scores")
    wanted = Manifest(
        step="split",
        source={},
        options={"thresholds": None if thresholds is None else list(thresholds)},
        inputs={},
        counts={},
        claims=claims,
    )
    manifest = begin(folder / "classes", wanted)
    if manifest.is_complete:
        return manifest
    scores = {name: load_array(score_path(folder, name)) for name in cut.counts["crops"]}
    together = np.concatenate(list(scores.values()))
    if thresholds is None:
        classes = tercile_classes(together)
    else:
        classes = threshold_classes(together, thresholds)
    ends = np.cumsum([len(of_photograph) for of_photograph in scores.values()])
    labels = dict(zip(scores, np.split(classes, ends[:-1]), strict=True))
    layout_of(folder, cut).write_classes(scores, labels)
    return manifest.completed(folder / "classes", class_counts(together, classes))


def class_counts(scores: np.ndarray, classes: np.ndarray) -> dict[str, object]:
    """The size of every class and the lowest score in it, None where it is empty."""
    counts: dict[str, object] = {"total": len(scores)}
    for label, name in enumerate(CLASS_NAMES):
        of_class = scores[classes == label]
        counts[name] = len(of_class)
        counts[f"{name}_from_db"] = float(of_class.min()) if len(of_class) else None
    return counts


def tercile_classes(scores: np.ndarray) -> np.ndarray:
    """Class of every score (0 the simplest, with the highest PSNR), a third of them in each.

    Equal scores at a border are split in their order, so that the thirds hold within one.
    """
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return (ranks * 3 // max(len(scores), 1)).astype(np.uint8)


def threshold_classes(scores: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Class of every score: below thresholds[0] dB is hard, at or above the last is simple."""
    return (len(thresholds) - np.searchsorted(thresholds, scores, side="right")).astype(np.uint8)
