"""The scalars of a training, read back: smoothed to be looked at, thinned to be kept.

A curve is its steps, int64 (N,), ascending, and its values, float64 (N,).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from classsr.errors import ClassSRError
from classsr.training.scalar_log import HEADER

Curve = tuple[np.ndarray, np.ndarray]


def read_curves(path: Path) -> dict[str, Curve]:
    """Every scalar of an experiment's folder, or of a CSV file with rows step,name,value.

    Raises ClassSRError for a file that is missing or of another kind.
    """
    path = path if path.suffix == ".csv" else path / "scalars.csv"
    rows = defaultdict(list)
    try:
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                rows[row["name"]].append((int(row["step"]), float(row["value"])))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ClassSRError(f"{path}: holds no scalars of a training ({error})") from error
    return {
        name: (np.array([step for step, _ in points]), np.array([value for _, value in points]))
        for name, points in rows.items()
    }


def smoothed(values: np.ndarray, *, window: int) -> np.ndarray:
    """The mean of up to `window` (odd) values around each, of fewer towards the ends (N,)."""
    number, half = len(values), window // 2
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(number)
    first, last = np.maximum(places - half, 0), np.minimum(places + half + 1, number)
    return (sums[last] - sums[first]) / (last - first)


def thinned(curve: Curve, *, points: int) -> Curve:
    """A curve of at most `points` points: the means of equal parts at their last steps."""
    steps, values = curve
    if len(steps) <= points:
        return curve
    parts = np.array_split(np.arange(len(steps)), points)
    return (
        np.array([steps[part[-1]] for part in parts]),
        np.array([values[part].mean() for part in parts]),
    )


def to_csv(curves: Mapping[str, Curve]) -> str:
    """What `read_curves` reads, to six digits."""
    rows = (
        f"{step},{name},{value:.6g}\n"
        for name, (steps, values) in curves.items()
        for step, value in zip(steps.tolist(), values.tolist(), strict=True)
    )
    return HEADER + "".join(rows)
