"""Print one of the paper's tables, made from what is there: classsr table main"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from classsr.data.paired_folder import PairFolder
from classsr.data.prepare.sample import make_sample_set
from classsr.evaluation.complexity import complexity_table
from classsr.evaluation.paper import branches, models
from classsr.evaluation.paper.datasets import MADE_BY, SAMPLE, SCALE, SET5, Missing, open_sets
from classsr.evaluation.paper.results import BACKBONES, RESULTS
from classsr.evaluation.paper.weights import find, how_to_train
from classsr.system.device import set_device

ALL_SETS = tuple(name for name in MADE_BY if name != SET5)
SMALL_SETS = ("Test2K", "photographs/2K", SAMPLE)
PUBLISHED_SETS = tuple(RESULTS["FSRCNN-O"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which table, and where data sets and trainings are."""
    parser.add_argument("table", choices=("branches", "main", "losses", "complexity"))
    parser.add_argument("--data", type=Path, default=Path("datasets"), help="folder of data sets")
    parser.add_argument(
        "--experiments", type=Path, default=Path("experiments"), help="folder of trainings"
    )
    parser.add_argument(
        "--backbones", nargs="+", choices=BACKBONES, help="which (all; losses take FSRCNN)"
    )
    parser.add_argument(
        "--sets",
        nargs="+",
        choices=ALL_SETS,
        help=f"which (all; branches and losses take {', '.join(SMALL_SETS)})",
    )


def run(given: argparse.Namespace) -> None:
    """Measure what is there and name what is missing, as Markdown on standard output."""
    logging.getLogger("classsr").setLevel(logging.WARNING)  # the output is Markdown alone
    if given.table == "complexity":
        print(complexity_table())
        return
    set_device("auto")
    backbones = given.backbones or list(BACKBONES)
    names = given.sets or (ALL_SETS if given.table == "main" else SMALL_SETS)
    if SAMPLE in names:
        make_sample_set(out=given.data / SAMPLE, scale=SCALE)
    missing = Missing()
    sets = open_sets(names, data=given.data, missing=missing)
    experiments: Path = given.experiments
    if given.table == "branches":
        set5 = open_sets([SET5], data=given.data, missing=missing).get(SET5)
        blocks = branch_blocks(backbones, sets, set5, experiments=experiments, missing=missing)
    else:
        rows = models.main_models(backbones) if given.table == "main" else models.loss_models()
        absent = [name for name in names if name in PUBLISHED_SETS and name not in sets]
        blocks = model_blocks(rows, sets, absent, experiments=experiments, missing=missing)
    for block in blocks:
        print(block, end="\n\n", flush=True)
    print(missing.to_markdown())


def model_blocks(
    rows: models.Models,
    sets: Mapping[str, PairFolder],
    absent: Sequence[str],
    *,
    experiments: Path,
    missing: Missing,
) -> Iterator[str]:
    """A table for each data set, and the paper's figures for those that are absent."""
    results: dict[str, list[models.Measured]] = {}
    for model, names in tqdm(rows.items(), disable=None):
        found = find(names, experiments=experiments)
        if not any(weights.full_size for weights in found):
            missing.lines.append(how_to_train(names[0]))
        attempts = [missing.attempt(partial(models.measured, one, sets)) for one in found]
        results[model] = [measured for measured in attempts if measured is not None]
    yield models.NOTES
    for name in sets:
        yield f"#### {name}\n\n{models.set_table(name, results)}"
    if absent:
        table = models.published_table(absent, rows)
        yield f"#### The paper's figures on data sets that are not here\n\n{table}"


def branch_blocks(
    backbones: Sequence[str],
    sets: Mapping[str, PairFolder],
    set5: PairFolder | None,
    *,
    experiments: Path,
    missing: Missing,
) -> Iterator[str]:
    """A table for each backbone that has weights and each data set."""
    yield branches.NOTES
    for backbone in tqdm(backbones, disable=None):
        scores: list[branches.BranchScores] = []
        for name, weights in branches.branch_weights(backbone, experiments=experiments):
            score = partial(branches.score_branches, name, weights, sets, set5)
            scores += missing.attempt(score) or []
        networks = branches.branch_models(backbone)
        for network, names in networks.items():
            if not any(s.network == network and s.weights.full_size for s in scores):
                missing.lines.append(how_to_train(names[0]))
        if not scores:
            continue
        for name, pairs in sets.items():
            difficulty, by = branches.difficulty(backbone, scores, name, pairs)
            table = branches.tile_table(networks, scores, name, difficulty=difficulty)
            yield f"#### {backbone} on {name}, tiles split by {by}\n\n{table}"
