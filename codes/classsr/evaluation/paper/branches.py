"""Branches on tiles of each class, as in the paper's motivation, and on Set5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from paddle import nn

from classsr.data.paired_folder import PairFolder
from classsr.data.prepare.network_restorer import runner_restorer
from classsr.data.prepare.restorers import Restorer, bicubic_restorer
from classsr.data.prepare.score import psnr_of_each
from classsr.data.prepare.split import CLASS_NAMES, tercile_classes
from classsr.evaluation.image_scores import validation_psnr
from classsr.evaluation.markdown import DASH, table
from classsr.evaluation.paper.datasets import SCALE
from classsr.evaluation.paper.models import Models
from classsr.evaluation.paper.results import SET5_PSNR, TILE_PSNR
from classsr.evaluation.paper.weights import Weights, classsr, find, original
from classsr.images.channels import to_8_bit
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.tile_grid import Tiling, cut_tiles, paper_tiling
from classsr.models.classsr import ClassSR
from classsr.runtime.select import choose_runner

CHUNK = 256  # tiles that are scored at once, which bounds the memory
PERFECT = 100.0  # dB that a tile without any error counts as; one wrong value leaves 94.5

HEADER = (
    "network", "weights", *(cell for name in CLASS_NAMES for cell in (name, "paper")), "all tiles",
    "Set5", "published",
)  # fmt: skip
NOTES = (
    "Mean PSNR in dB, on RGB without 4 pixels at each edge, of the tiles of 32 LR pixels every 28; "
    "a tile without any error counts as 100 dB. A third of the tiles each is simple, medium and "
    "hard by the PSNR that one network reaches on it. *paper*: what the paper prints for the "
    "column before it, on its own tiles, split by MSRResNet. Set5: whole images under the "
    "paper's protocol; *published*: RCAN's original weights / those of the Paddle "
    "reproduction of 2021, by its authors."
)


@dataclass(frozen=True)
class BranchScores:
    """A plain network on tiles and on Set5.

    tiles: PSNR in dB of every tile (N,) by data set; set5: mean PSNR, None where it is not there.
    """

    network: str
    weights: Weights
    tiles: dict[str, np.ndarray]
    set5: float | None


def branch_models(backbone: str) -> Models:
    """The original network and the branches of ClassSR."""
    branches = {f"{backbone} branch {n}": [f"{backbone}_branch{n}"] for n in (1, 2, 3)}
    return {f"{backbone}-O": original(backbone)} | branches


def branch_weights(backbone: str, *, experiments: Path) -> list[tuple[str, Weights]]:
    """The checkpoints with plain networks of a backbone, and the name of what each holds.

    Branches come from their own trainings and, where none of those is there, out of ClassSR,
    which has the backbone's name here.
    """
    found = [
        (model, weights)
        for model, names in branch_models(backbone).items()
        for weights in find(names, experiments=experiments)
    ]
    if all(model == f"{backbone}-O" for model, _ in found):
        found += [(backbone, w) for w in find(classsr(backbone), experiments=experiments)]
    return found


def plain_networks(name: str, network: nn.Layer) -> dict[str, nn.Layer]:
    """A plain network under its name, or the branches of ClassSR as "FSRCNN branch 1", ..."""
    if not isinstance(network, ClassSR):
        return {name: network}
    return {f"{name} branch {i}": branch for i, branch in enumerate(network.branches, start=1)}


def score_branches(
    name: str, weights: Weights, sets: Mapping[str, PairFolder], set5: PairFolder | None
) -> list[BranchScores]:
    """Run every plain network of a checkpoint."""
    scores = []
    for called, network in plain_networks(name, weights.load()).items():
        runner = choose_runner(network, precision="float32")
        restorer = runner_restorer(runner)
        tiles = {of: tile_scores(pairs, restorer) for of, pairs in sets.items()}
        protocol = partial(paper_protocol, runner=runner)
        of_set5 = None if set5 is None else validation_psnr(set5, protocol, crop_border=SCALE)
        scores.append(BranchScores(called, weights, tiles, of_set5))
    return scores


def tile_scores(pairs: PairFolder, restorer: Restorer) -> np.ndarray:
    """PSNR in dB of every tile of the paper's protocol, on RGB without SCALE pixels at its edges.

    Returns float64 (N,), image by image and row by row; at most PERFECT.
    """
    scores = []
    for pair in pairs:
        lr, hr = map(to_8_bit, pair)
        tiling = paper_tiling(*lr.shape[:2])
        lr_tiles, hr_tiles = cut_tiles(lr, tiling), cut_tiles(hr, _enlarged(tiling))
        for start in range(0, len(tiling), CHUNK):
            chunk = slice(start, start + CHUNK)
            sr = restorer(lr_tiles[chunk])
            scores.append(psnr_of_each(sr, hr_tiles[chunk], border=SCALE))
    return np.minimum(np.concatenate(scores), PERFECT)


def difficulty(
    backbone: str, scores: Sequence[BranchScores], set_name: str, pairs: PairFolder
) -> tuple[np.ndarray, str]:
    """How well each tile can be restored, in dB (N,), and by what: the original, or bicubic."""
    for score in scores:
        if score.network == f"{backbone}-O":
            return score.tiles[set_name], f"{score.network} ({score.weights})"
    return tile_scores(pairs, bicubic_restorer(SCALE)), f"bicubic interpolation, no {backbone}-O"


def tile_table(
    networks: Iterable[str],
    scores: Sequence[BranchScores],
    set_name: str,
    *,
    difficulty: np.ndarray,
) -> str:
    """The mean PSNR of networks on the simple, medium and hard tiles of a data set.

    Published figures stand alone where no weights are of the paper's size.
    difficulty: how well each tile can be restored, in dB (N,); its terciles are the classes.
    """
    classes = tercile_classes(difficulty)
    rows = []
    for network in networks:
        own = [score for score in scores if score.network == network]
        rows += [_row(score, score.tiles[set_name], classes) for score in own]
        compared = any(score.weights.full_size for score in own)
        if not compared and (network in TILE_PSNR or network in SET5_PSNR):
            of_tiles = [(DASH, TILE_PSNR.get(network, {}).get(name, DASH)) for name in CLASS_NAMES]
            cells = [cell for pair in of_tiles for cell in pair]
            rows.append([network, DASH, *cells, DASH, DASH, SET5_PSNR.get(network, DASH)])
    return table(HEADER, rows, text_columns=2)


def _row(score: BranchScores, tiles: np.ndarray, classes: np.ndarray) -> list[str]:
    full_size = score.weights.full_size
    published = TILE_PSNR.get(score.network, {}) if full_size else {}
    cells = [score.weights.called(score.network), str(score.weights)]
    for label, name in enumerate(CLASS_NAMES):
        cells += [f"{tiles[classes == label].mean():.2f}", published.get(name, DASH)]
    set5 = DASH if score.set5 is None else f"{score.set5:.3f}"
    return [
        *cells,
        f"{tiles.mean():.2f}",
        set5,
        SET5_PSNR.get(score.network, DASH) if full_size else DASH,
    ]


def _enlarged(tiling: Tiling) -> Tiling:
    """The same tiles on the HR image."""
    return Tiling(
        tile=tiling.tile * SCALE,
        tops=tuple(top * SCALE for top in tiling.tops),
        lefts=tuple(left * SCALE for left in tiling.lefts),
    )
