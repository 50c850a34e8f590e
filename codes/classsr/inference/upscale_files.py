"""Which pictures a run of `upscale` reads, and what it writes for each."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classsr.errors import ClassSRError
from classsr.images.formats import EXTENSIONS
from classsr.images.rgb import is_image_name, list_images
from classsr.system.files import is_there


@dataclass(frozen=True)
class Job:
    """A picture to read and the file to write its super-resolution to."""

    source: Path
    target: Path

    @property
    def class_map(self) -> Path:
        """The file of its class map."""
        return self.target.with_name(f"{self.target.stem}_classes.png")


def find_sources(inputs: Sequence[str]) -> list[Path]:
    """The pictures that files, folders and patterns such as `scans/**/*.png` name, each once.

    A file that is named stands as it is, so that the error for it comes when its turn does.
    Raises ClassSRError for a folder or a pattern without pictures.
    """
    found: list[Path] = []
    for text in inputs:
        path = Path(text)
        if not is_there(path) and glob.has_magic(text):
            found += _matches(text)
        elif path.is_dir():
            found += list_images(path, extensions=EXTENSIONS)
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _matches(pattern: str) -> list[Path]:
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207 (Path.glob takes no absolute pattern)
    paths = sorted(Path(text) for text in found)
    paths = [path for path in paths if is_image_name(path, EXTENSIONS) and path.is_file()]
    if not paths:
        raise ClassSRError(f"{pattern}: matches no pictures; expected some ending in {EXTENSIONS}")
    return paths


def make_jobs(sources: list[Path], output: Path, *, suffix: str, extension: str) -> list[Job]:
    """Give each picture a place in the output folder, or the output's name to a single one.

    suffix: put behind the name with an underscore; extension: such as "png", or "auto" for the
    source's own. A source that another one is written to is the result of an earlier run and
    left out. Raises ClassSRError where two results, or a result and its source, are one file.
    """
    is_folder = is_there(output) and output.is_dir()
    names_file = is_image_name(output, EXTENSIONS) and not is_folder
    if names_file and len(sources) == 1:
        return _without_results([Job(sources[0], output)])
    if names_file or (is_there(output) and not is_folder):
        raise ClassSRError(f"{output}: is a file; name a folder for {len(sources)} pictures")
    return _without_results(
        [
            Job(source, output / target_name(source, suffix=suffix, extension=extension))
            for source in sources
        ]
    )


def _without_results(jobs: list[Job]) -> list[Job]:
    by_target: dict[Path, Job] = {}
    for job in jobs:
        target = job.target.resolve()
        if target == job.source.resolve():
            raise ClassSRError(
                f"{job.source}: would be overwritten by its result; choose another folder or "
                f"give a --suffix"
            )
        if target in by_target:
            raise ClassSRError(
                f"{job.source}: would be written to {job.target}, as {by_target[target].source}; "
                f"upscale them into two folders"
            )
        by_target[target] = job
    return [job for job in jobs if job.source.resolve() not in by_target]


def target_name(source: Path, *, suffix: str, extension: str) -> str:
    """The name of a result, as `photo_x4.png` for photo.jpg."""
    ending = source.suffix if extension == "auto" else f".{extension}"
    return f"{source.stem}_{suffix}{ending}" if suffix else f"{source.stem}{ending}"
