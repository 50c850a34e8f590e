"""One large picture as a job that can be killed at any moment, and shared among processes.

Beside the result stands a folder with the job, the classes of all tiles, and what is finished in
parts, each a band of rows over the whole width. A part counts once its note is there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classsr.errors import ClassSRError
from classsr.rasters.bands import BandGroup
from classsr.rasters.values import ValueRange
from classsr.system.files import cannot_write, write_atomic
from classsr.system.locks import locked

PART_PIXELS = 2**22  # LR pixels of a part, about


@dataclass(frozen=True)
class RasterJob:
    """What is to be done, the same in every process.

    settings: what the result depends on; another run with the same goes on with the parts.
    size: height and width in LR pixels, at least those of a tile.
    strips: how many a part has; part_rows: how many LR rows.
    """

    source: Path
    target: Path
    settings: dict[str, Any]
    groups: list[BandGroup]
    size: tuple[int, int]
    strips: int
    part_rows: int

    @property
    def parts(self) -> int:
        """How many there are."""
        return math.ceil(self.size[0] / self.part_rows)

    def area(self, number: int) -> int:
        """LR pixels of a part."""
        top = number * self.part_rows
        return (min(top + self.part_rows, self.size[0]) - top) * self.size[1]

    @property
    def folder(self) -> Path:
        """Where it stands until the result is complete."""
        return folder_of(self.target)

    def part(self, number: int) -> Path:
        """The file of a part."""
        return self.folder / f"{number:05}.tif"

    def note(self, number: int) -> Path:
        """What a finished part took."""
        return self.folder / f"{number:05}.json"

    @property
    def missing(self) -> list[int]:
        """The parts that are not finished."""
        return [number for number in range(self.parts) if not self.note(number).is_file()]


def folder_of(target: Path) -> Path:
    """The folder of an unfinished result."""
    return target.with_name(f".{target.name}.parts")


def save_job(job: RasterJob, classes: list[np.ndarray]) -> None:
    """Write a job whose classes are decided; the job's own file comes last."""
    for number, own in enumerate(classes):
        np.save(job.folder / f"classes{number}.npy", own.astype(np.uint8))
    write_atomic(job.folder / "job.json", json.dumps(asdict(job), default=str).encode())


def load_job(target: Path) -> RasterJob | None:
    """The unfinished job of a result, if there is one."""
    try:
        content = json.loads((folder_of(target) / "job.json").read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ClassSRError(
            f"{folder_of(target)}: cannot be read ({error}); remove the folder"
        ) from error
    groups = [
        BandGroup(tuple(g["bands"]), ValueRange(**g["values"]), tuple(g["nodata"]))
        for g in content.pop("groups")
    ]
    source, target = Path(content.pop("source")), Path(content.pop("target"))
    height, width = content.pop("size")
    return RasterJob(source=source, target=target, groups=groups, size=(height, width), **content)


def load_classes(job: RasterJob) -> list[np.ndarray]:
    """The classes of each group's tiles."""
    return [
        np.load(job.folder / f"classes{number}.npy").astype(np.int64)
        for number in range(len(job.groups))
    ]


@contextmanager
def work_folder(target: Path) -> Iterator[None]:
    """Make the folder of an unfinished result, keep other runs out, and remove it once empty."""
    folder = folder_of(target)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(target, error) from error
    try:
        with locked(folder):
            yield
    finally:
        with suppress(OSError):  # what is begun stays for the next run
            folder.rmdir()


def discard(target: Path) -> None:
    """Empty the folder of a result."""
    for path in folder_of(target).iterdir():
        path.unlink()


def identity(path: Path) -> dict[str, Any]:
    """What tells whether a file is still the same."""
    status = path.stat()
    return {"path": str(path.resolve()), "bytes": status.st_size, "changed": status.st_mtime_ns}
