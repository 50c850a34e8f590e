"""The data sets that the tables can be made on, and notes of what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

from classsr.data.paired_folder import PairFolder, open_pairs
from classsr.errors import ClassSRError

Result = TypeVar("Result")

SCALE = 4
SAMPLE = "sample"
SET5 = "Set5"

_DIV8K = "python data_scripts/prepare_div8k.py"
_PHOTOGRAPHS = "python data_scripts/make_pairs.py --hr PHOTOGRAPHS --long-side"

# Folder below the data root -> the command that makes it; docs/data.md says more.
MADE_BY = {
    "Test2K": f"{_DIV8K} --sets Test2K",
    "Test4K": f"{_DIV8K} --sets Test4K",
    "Test8K": f"{_DIV8K} --sets Test8K",
    "Test8K_2K": f"{_DIV8K} --sets Test8K_2K",
    "Test8K_4K": f"{_DIV8K} --sets Test8K_4K",
    "photographs/2K": f"{_PHOTOGRAPHS} 2040 --out datasets/photographs/2K",
    "photographs/4K": f"{_PHOTOGRAPHS} 4080 --out datasets/photographs/4K",
    SAMPLE: "python data_scripts/make_sample_set.py",
    SET5: "a download of Set5, as datasets/Set5/HR and datasets/Set5/LR_bicubic/X4",
}

# GT and LR as the data scripts make them, and as the common test sets come.
LAYOUTS = (("GT", f"LR_x{SCALE}"), ("HR", f"LR_bicubic/X{SCALE}"))


class Missing:
    """Notes, a line each; every line says what is missing and how to get it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def attempt(self, action: Callable[[], Result]) -> Result | None:
        """The result of an action; where the user's files do not allow it, None and a note."""
        try:
            return action()
        except ClassSRError as error:
            self.lines.append(str(error))
            return None

    def to_markdown(self) -> str:
        """A list of the notes, or that there are none."""
        if not self.lines:
            return "Nothing is missing."
        return "\n".join(["Missing:\n", *(f"- {line}" for line in self.lines)])


def open_set(name: str, *, data: Path) -> PairFolder:
    """A data set below `data`; ClassSRError says how to make one that is not there."""
    gt, lq = next((layout for layout in LAYOUTS if (data / name / layout[0]).is_dir()), LAYOUTS[0])
    folder = data / name
    return open_pairs(name, gt=folder / gt, lq=folder / lq, scale=SCALE, made_by=MADE_BY[name])


def open_sets(names: Iterable[str], *, data: Path, missing: Missing) -> dict[str, PairFolder]:
    """Those of the data sets that are there."""
    opened = {name: missing.attempt(partial(open_set, name, data=data)) for name in names}
    return {name: pairs for name, pairs in opened.items() if pairs is not None}
