"""Arrays beside the names and shapes that a network expects."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SHOWN = 5  # of each kind of mismatch


def mismatches(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, np.ndarray]) -> str:
    """What keeps arrays from fitting the expected names and shapes; empty where they fit."""
    fitting = [name for name in expected if name in found]
    groups = {
        "missing": [name for name in expected if name not in found],
        "superfluous": [f"{name:.60}" for name in found if name not in expected],
        "misshapen": [
            f"{name} {found[name].shape} instead of {expected[name]}"
            for name in fitting
            if found[name].shape != expected[name]
        ],
        "not finite": [name for name in fitting if not np.isfinite(found[name]).all()],
    }
    return "; ".join(f"{kind}: {_listed(names)}" for kind, names in groups.items() if names)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
