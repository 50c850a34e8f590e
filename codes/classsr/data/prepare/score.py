"""The second step: score every sub-image by how well it can be restored.

Scores are computed, or taken from a split log that the authors of ClassSR publish: a PSNR for
every sub-image, as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from classsr.data.manifest import Manifest, load_complete
from classsr.data.packed import save_array
from classsr.data.prepare.layouts import Layout, file_name, layout_of
from classsr.data.prepare.restorers import Restorer
from classsr.data.prepare.resumable import run_step
from classsr.errors import ClassSRError
from classsr.system.engines import Engine
from classsr.system.files import checksum, read_bytes

# 20-04-14 00:47:54.197 - INFO: 0558_s290            - PSNR: 26.473503 dB; SSIM: 0.751480; ...
_LINE = re.compile(r"INFO: (\S+_s\d+)\s+- PSNR: (\S+) dB")


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


def score_by_log(folder: Path, *, log: Path) -> Manifest:
    """Take the scores of a split log."""
    cut = load_complete(folder)
    scores = scores_from_log(read_split_log(log), cut.counts["crops"], log=log)

    def save(photograph: tuple[str, int]) -> dict[str, int]:
        name, _ = photograph
        return _save_scores(folder, name, scores[name])

    return _scores_step(save, cut, folder=folder, by="log", file=log, engine=None)


def read_split_log(path: Path) -> dict[str, float]:
    """PSNR in dB by the name of the sub-image; ClassSRError where the file holds none."""
    lines = _LINE.findall(read_bytes(path).decode(errors="replace"))
    try:
        scores = {name: float(psnr) for name, psnr in lines}
    except ValueError as error:
        raise ClassSRError(f"{path}: holds a PSNR that is no number ({error})") from error
    if not scores:
        raise ClassSRError(
            f"{path}: holds no line like 'INFO: 0001_s001 - PSNR: 27.17 dB'; "
            "expected divide_train.log or divide_val.log of the original authors"
        )
    return scores


def scores_from_log(
    scores: Mapping[str, float], crops: Mapping[str, int], *, log: Path
) -> dict[str, np.ndarray]:
    """The scores of a set's sub-images by photograph, in order.

    crops: how many sub-images every photograph has. Raises ClassSRError where one has no score.
    """
    found = {}
    for name, n in crops.items():
        stems = [Path(file_name(name, number)).stem for number in range(n)]
        missing = [stem for stem in stems if stem not in scores]
        if missing:
            raise ClassSRError(
                f"{log}: has no score for {missing[0]} ({len(missing)} of the {n} sub-images of "
                f"{name}); expected the log of this very set of sub-images"
            )
        found[name] = np.array([scores[stem] for stem in stems])
    return found


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
