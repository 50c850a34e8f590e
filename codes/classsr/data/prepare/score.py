"""The second step: score every sub-image by how well it can be restored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from classsr.data.manifest import Manifest, checksum, load_complete
from classsr.data.packed import save_array
from classsr.data.prepare.layouts import Layout, layout_of
from classsr.data.prepare.restorers import Restorer
from classsr.data.prepare.resumable import run_step
from classsr.system.engines import Engine


def score_set(
    folder: Path,
    *,
    make_restorer: Callable[[], Restorer],
    checkpoint: Path | None,
    engine: Engine | None = None,
) -> Manifest:
    """Score every sub-image by its PSNR in dB, as it is restored from its LR.

    make_restorer: called in every process; picklable. checkpoint: the network that it loads,
    None for bicubic; the manifest names it.
    Resumes where an earlier call was stopped; does nothing where one was finished.
    """
    cut = load_complete(folder)
    scoring = partial(
        _score_photograph,
        folder=folder,
        layout=layout_of(folder, cut),
        scale=cut.options["scale"],
        make_restorer=make_restorer,
    )
    by = "bicubic" if checkpoint is None else "network"
    return _scores_step(scoring, cut, folder=folder, by=by, file=checkpoint, engine=engine)


def take_scores(folder: Path, *, log: Path, scores: Mapping[str, np.ndarray]) -> Manifest:
    """Take the scores that were read from a split log, by photograph, instead of computing them."""

    def save(photograph: tuple[str, int]) -> dict[str, int]:
        name, _ = photograph
        return _save_scores(folder, name, scores[name])

    cut = load_complete(folder)
    return _scores_step(save, cut, folder=folder, by="log", file=log, engine=None)


def psnr_of_each(sr: np.ndarray, hr: np.ndarray, *, border: int) -> np.ndarray:
    """PSNR in dB of every 8-bit RGB image of two stacks (n x H x W x 3), `border` pixels cut off.

    Equal images score infinity.
    """
    inner = slice(border, -border)
    error = sr[:, inner, inner].astype(np.float32) - hr[:, inner, inner]
    # Squares of 8-bit values are integers, exact in float64 whatever the order they are summed in.
    mse = np.square(error).sum(axis=(1, 2, 3), dtype=np.float64) / error[0].size
    with np.errstate(divide="ignore"):
        return 10 * np.log10(255**2 / mse)


def score_path(folder: Path, name: str) -> Path:
    """Where a set keeps the scores of a photograph's sub-images, float64 (n,)."""
    return folder / "scores" / f"{name}.npy"


def _scores_step(
    work: Callable[[tuple[str, int]], dict[str, int]],
    cut: Manifest,
    *,
    folder: Path,
    by: str,
    file: Path | None,
    engine: Engine | None,
) -> Manifest:
    return run_step(
        work,
        {name: (name, n) for name, n in cut.counts["crops"].items()},
        folder=folder / "scores",
        wanted=Manifest(
            step="score",
            source={} if file is None else {by: str(file.parent)},
            options={"by": by},
            inputs={} if file is None else {f"{by}/{file.name}": checksum(file)},
            counts={},
        ),
        unit="crops",
        engine=engine,
    )


def _score_photograph(
    photograph: tuple[str, int],
    *,
    folder: Path,
    layout: Layout,
    scale: int,
    make_restorer: Callable[[], Restorer],
) -> dict[str, int]:
    name, n = photograph
    restore = make_restorer()
    scores = [psnr_of_each(restore(lr), hr, border=scale) for lr, hr in layout.sub_images(name, n)]
    return _save_scores(folder, name, np.concatenate([np.empty(0), *scores]))


def _save_scores(folder: Path, name: str, scores: np.ndarray) -> dict[str, int]:
    save_array(score_path(folder, name), scores)
    return {name: len(scores)}
