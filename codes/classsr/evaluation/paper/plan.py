"""The plan of the whole paper: data, trainings, tests and tables as commands, and what is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from classsr.data.manifest import load_manifest
from classsr.data.prepare.paper_sets import DIV8K_PARTS
from classsr.errors import ClassSRError
from classsr.evaluation.markdown import table
from classsr.options.loading import load_options
from classsr.options.schema.training import TrainOptions

DATA = Path("datasets")
SPLIT_LOG = DATA / "divide_train.log"  # used where it is there
DOWNLOADS = (DATA / "DIV2K" / "DIV2K_train_HR", DATA / "DIV2K" / "DIV2K_valid_HR",
             DATA / "DIV8K" / "train")  # fmt: skip

# The ablations of the table of losses; widths between the branches come first.
LOSSES = (
    "FSRCNN_d26", "FSRCNN_d46", "ClassSR_FSRCNN_no_class_loss", "ClassSR_FSRCNN_no_average_loss",
    "ClassSR_FSRCNN_2classes", "ClassSR_FSRCNN_4classes", "ClassSR_FSRCNN_5classes",
)  # fmt: skip
TABLES = ("branches", "main", "losses", "speed")


@dataclass(frozen=True)
class Stage:
    """One command: its words, run in the checkout, and its state: "done", "begun" or "to do"."""

    command: tuple[str, ...]
    state: str


def plan(backbones: Sequence[str]) -> list[Stage]:
    """All stages in the order in which they are run, from the folders in the checkout."""
    return [
        *_data(),
        *(_training(name) for name in training_names(backbones)),
        *(_test(name) for name in test_names(backbones)),
        *(Stage(("bash", f"scripts/table_{name}.sh"), "to do") for name in TABLES),
    ]


def training_names(backbones: Sequence[str]) -> list[str]:
    """The experiments, each after those that it starts from."""
    names = []
    for backbone in backbones:
        names += [f"{backbone}_{part}" for part in ("O", "branch1", "branch2", "branch3")]
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


def to_markdown(stages: Sequence[Stage]) -> str:
    """The plan as a table."""
    rows = [(f"`{' '.join(stage.command)}`", stage.state) for stage in stages]
    return table(("command", "state"), rows, text_columns=2)


def _data() -> Iterator[Stage]:
    log = ("--log", str(SPLIT_LOG)) if SPLIT_LOG.is_file() else ()
    made = (DATA / "DIV2K_val", DATA / "DIV2K_train", DATA / "DIV2K_train" / "classes")
    yield Stage(("python", "data_scripts/prepare_div2k.py", *log), _state_of_sets(made))
    parts = [DATA / name for name in DIV8K_PARTS]
    yield Stage(("python", "data_scripts/prepare_div8k.py"), _state_of_sets(parts))


def _training(name: str) -> Stage:
    path = Path("options") / f"train_{name}.yml"
    options = load_options(path, kind=TrainOptions)
    folder = options.path.experiments / options.name
    if (folder / "checkpoints" / "last.safetensors").is_file():
        state = "done"
    else:
        state = "begun" if folder.is_dir() else "to do"
    resume = ("--resume",) if state == "begun" else ()
    return Stage(("python", "train.py", "-opt", str(path), *resume), state)


def _test(name: str) -> Stage:
    report = Path("results") / f"test_{name}" / "report.md"
    return Stage(
        ("python", "test.py", "-opt", f"options/test_{name}.yml"),
        "done" if report.is_file() else "to do",
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
