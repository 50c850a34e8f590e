"""The plan of the whole paper: data, trainings, tests and tables as commands, with estimates.

Estimates are computed, not measured, as docs/training.md and docs/data.md do: work is 3 x
(training) or 1 x (frozen branches, testing) the exact FLOPs of a tile x tiles, the classifier left
out; a step takes STEP_SECONDS at least.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from classsr.data.manifest import load_manifest
from classsr.data.prepare.paper_sets import DIV8K_PARTS, PUBLISHED
from classsr.errors import ClassSRError
from classsr.evaluation.markdown import DASH, table
from classsr.models.flops import count
from classsr.models.layers import count_parameters
from classsr.models.spec import create
from classsr.options.loading import load_options
from classsr.options.schema import TrainOptions

DATA = Path("datasets")
SPLIT_LOG = DATA / "divide_train.log"  # used where it is there
DOWNLOADS = (DATA / "DIV2K" / "DIV2K_train_HR", DATA / "DIV2K" / "DIV2K_valid_HR",
             DATA / "DIV8K" / "train")  # fmt: skip

BRANCHES = ("branch1", "branch2", "branch3")
# The ablations of the table of losses; widths between the branches come first.
LOSSES = (
    "FSRCNN_d26", "FSRCNN_d46", "ClassSR_FSRCNN_no_class_loss", "ClassSR_FSRCNN_no_average_loss",
    "ClassSR_FSRCNN_2classes", "ClassSR_FSRCNN_4classes", "ClassSR_FSRCNN_5classes",
)  # fmt: skip
TABLES = ("branches", "main", "losses", "speed")

STEP_SECONDS = 0.01  # of a small network, which Python bounds (docs/training.md)
DIV2K_SECONDS, DIV2K_BYTES = 15 * 60, 24e9  # docs/data.md
TILE_BYTES = 28**2 * (4**2 + 1) * 3  # of a test set for each tile, HR and LR, without compression


@dataclass(frozen=True)
class Stage:
    """One command and what it is expected to take.

    command: its words, run in the checkout; state: "done", "begun", or "to do".
    work: FLOPs of networks; seconds: 0 where nothing is known; disk: bytes that stay, at most.
    """

    command: tuple[str, ...]
    state: str
    work: float = 0.0
    seconds: float = 0.0
    disk: float = 0.0


def plan(backbones: Sequence[str], *, tflops: float) -> list[Stage]:
    """All stages in the order in which they are run, from the folders in the checkout.

    tflops: TFLOP/s that the machine sustains, an assumption.
    """
    return [
        *_data(),
        *(_training(name, rate=tflops * 1e12) for name in training_names(backbones)),
        *(_test(name, rate=tflops * 1e12) for name in test_names(backbones)),
        *(Stage(("bash", f"scripts/table_{name}.sh"), "to do") for name in TABLES),
    ]


def training_names(backbones: Sequence[str]) -> list[str]:
    """The experiments, each after those that it starts from."""
    names = []
    for backbone in backbones:
        names += [f"{backbone}_{part}" for part in ("O", *BRANCHES)]
        names += [f"ClassSR_{backbone}", f"ClassSR_{backbone}_joint"]
        names += LOSSES if backbone == "FSRCNN" else ()
    return names


def test_names(backbones: Sequence[str]) -> list[str]:
    """The experiments that have an option file for test.py."""
    return [name for backbone in backbones for name in (f"{backbone}_O", f"ClassSR_{backbone}")]


def missing_downloads(stages: Sequence[Stage]) -> list[Path]:
    """Folders of photographs that are not there, unless all that is made from them is."""
    if all(stage.state == "done" for stage in stages if "data_scripts" in stage.command[1]):
        return []
    return [folder for folder in DOWNLOADS if not folder.is_dir()]


def to_markdown(stages: Sequence[Stage], *, tflops: float) -> str:
    """The plan as a table, with the sums of what is not done yet."""
    left = [stage for stage in stages if stage.state != "done"]
    hours = sum(stage.seconds for stage in left) / 3600
    disk = sum(stage.disk for stage in left) / 1e9
    rows = [
        (
            f"`{' '.join(stage.command)}`",
            stage.state,
            _rounded(stage.work / 1e15),
            _rounded(stage.seconds / 3600),
            _rounded(stage.disk / 1e9),
        )
        for stage in stages
    ]
    return "\n\n".join(
        [
            table(("command", "state", "PFLOP", "hours", "GB"), rows, text_columns=2),
            f"Left: {hours:.0f} hours ({hours / 24:.1f} days) and {disk:.0f} GB, without the "
            f"downloads. These are estimates, computed for {tflops:g} TFLOP/s sustained, which is "
            f"an assumption (--tflops); {DASH}: not known or little.",
        ]
    )


def training_work(options: TrainOptions) -> float:
    """FLOPs of a whole training."""
    factor = 1 if options.train.freeze_branches else 3
    tile = sum(_cost(branch, options.scale)[0] for branch in _trained(options))
    return factor * tile * options.datasets.train.batch_size * options.train.niter


def _data() -> Iterator[Stage]:
    log = ("--log", str(SPLIT_LOG)) if SPLIT_LOG.is_file() else ()
    made = (DATA / "DIV2K_val", DATA / "DIV2K_train", DATA / "DIV2K_train" / "classes")
    yield Stage(
        ("python", "data_scripts/prepare_div2k.py", *log),
        _state_of_sets(made),
        seconds=DIV2K_SECONDS,
        disk=DIV2K_BYTES,
    )
    yield Stage(
        ("python", "data_scripts/prepare_div8k.py"),
        _state_of_sets([DATA / name for name in DIV8K_PARTS]),
        disk=_test_tiles() * TILE_BYTES,
    )


def _training(name: str, *, rate: float) -> Stage:
    path = Path("options") / f"train_{name}.yml"
    options = load_options(path, kind=TrainOptions)
    folder = options.path.experiments / options.name
    if (folder / "checkpoints" / "last.safetensors").is_file():
        state = "done"
    else:
        state = "begun" if folder.is_dir() else "to do"
    work = training_work(options)
    return Stage(
        ("python", "train.py", "-opt", str(path), *(("--resume",) if state == "begun" else ())),
        state,
        work=work,
        seconds=max(work / rate, options.train.niter * STEP_SECONDS),
        disk=_checkpoint_bytes(options),
    )


def _test(name: str, *, rate: float) -> Stage:
    options = load_options(Path("options") / f"train_{name}.yml", kind=TrainOptions)
    report = Path("results") / f"test_{name}" / "report.md"
    widest, _ = _cost(options.branches[-1], options.scale)
    work = widest * sum(PUBLISHED[of]["total"] for of in ("Test2K", "Test4K", "Test8K"))
    return Stage(
        ("python", "test.py", "-opt", f"options/test_{name}.yml"),
        "done" if report.is_file() else "to do",
        work=work,
        seconds=work / rate,
    )


def _state_of_sets(folders: Sequence[Path]) -> str:
    complete = [_is_complete(folder) for folder in folders]
    if all(complete):
        return "done"
    return "begun" if any(folder.is_dir() for folder in folders) else "to do"


def _is_complete(folder: Path) -> bool:
    try:
        return load_manifest(folder).is_complete
    except ClassSRError:
        return False


def _test_tiles() -> float:
    """Tiles of all test sets; those that are not published have the images of Test8K, shrunk."""
    total = 0.0
    for name, part in DIV8K_PARTS.items():
        published = PUBLISHED.get(name)
        total += published["total"] if published else PUBLISHED["Test8K"]["total"] / part.shrink**2
    return total


def _trained(options: TrainOptions) -> Sequence[BaseModel]:
    """The branches that take part in a training."""
    if options.network == "ClassSR":
        return options.branches
    return [options.branches[int(options.network.removeprefix("branch")) - 1]]


@cache
def _cost(branch: BaseModel, scale: int) -> tuple[float, int]:
    """Exact FLOPs of a branch on a tile, and its parameters."""
    network = create(branch.model_dump(), scale=scale)
    return count(network).exact, count_parameters(network)


def _checkpoint_bytes(options: TrainOptions) -> float:
    """Best, last and the kept checkpoints, with two moments of Adam for each weight that learns."""
    weights = 4 * sum(_cost(branch, options.scale)[1] for branch in _trained(options))
    moments = 0 if options.train.freeze_branches else 2 * weights
    return 2 * weights + options.logger.keep_checkpoints * (weights + moments)


def _rounded(value: float) -> str:
    return f"{value:.1f}" if value >= 0.05 else DASH
