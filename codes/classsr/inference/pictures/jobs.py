"""What is written for each picture, and why for some nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os.path import realpath
from pathlib import Path

from PIL import Image

from classsr.errors import ClassSRError
from classsr.images.formats import EXTENSIONS
from classsr.images.origin import read_origin
from classsr.images.rgb import is_image_name
from classsr.inference.pictures.sources import CLASS_MAP
from classsr.system.files import is_there


@dataclass(frozen=True)
class Job:
    """A picture to read and the files to write: its super-resolution and, as asked, its classes."""

    source: Path
    target: Path
    class_map: Path | None = None

    @property
    def outputs(self) -> list[Path]:
        """The files to write."""
        return [self.target] if self.class_map is None else [self.class_map, self.target]


@dataclass
class Jobs:
    """What is to be done with pictures.

    accepted: in their order; refused: why, for each picture that would destroy a file.
    earlier: how many are results of an earlier run and no pictures of this one.
    """

    accepted: list[Job] = field(default_factory=list)
    refused: dict[Job, str] = field(default_factory=dict)
    earlier: int = 0


def make_jobs(
    places: Mapping[Path, Path],
    output: Path,
    *,
    suffix: str = "",
    extension: str = "auto",
    with_map: bool = False,
    kept: Iterable[Path] = (),
) -> Jobs:
    """Give each picture its place in the output folder, or the output's name to a single one.

    places: pictures, and where they lie below their input.
    suffix: put behind the name with an underscore; extension: such as "png", or "auto" for the
        source's own.
    kept: further files that no result may replace.
    A source that another one is written to is left out where it is the result of an earlier run.
    A picture whose result or class map would replace a source, a kept file, or what belongs to a
    picture before it is refused.
    """
    jobs = [
        _job(source, target, with_map=with_map)
        for source, target in _targets(places, output, suffix=suffix, extension=extension).items()
    ]
    outputs = {realpath(path) for job in jobs for path in job.outputs}
    pictures = [  # without the results of an earlier run
        job
        for job in jobs
        if realpath(job.source) not in outputs or read_origin(job.source) is None
    ]
    elsewhere = "choose another folder or another --suffix"
    taken = {realpath(job.source): f"{job.source}, which is read; {elsewhere}" for job in pictures}
    taken |= {realpath(path): f"{path}, which is to be kept; {elsewhere}" for path in kept}
    result = Jobs(earlier=len(jobs) - len(pictures))
    for job in pictures:
        clash = next((path for path in job.outputs if realpath(path) in taken), None)
        if clash is None:
            result.accepted.append(job)
            theirs = f"of {job.source}; give one of them a folder of its own"
            taken |= {realpath(path): f"{path}, {theirs}" for path in job.outputs}
        else:
            result.refused[job] = (
                f"{job.source}: its {'result' if clash == job.target else 'class map'} would "
                f"replace {taken[realpath(clash)]}"
            )
    return result


def target_name(source: Path, *, suffix: str, extension: str) -> str:
    """The name of a result, as `photo_x4.png` for photo.jpg."""
    ending = source.suffix if extension == "auto" else f".{extension}"
    return f"{source.stem}_{suffix}{ending}" if suffix else f"{source.stem}{ending}"


def _targets(
    places: Mapping[Path, Path], output: Path, *, suffix: str, extension: str
) -> dict[Path, Path]:
    is_folder = is_there(output) and output.is_dir()
    if not is_folder and (is_there(output) or _names_a_file(output)):
        if len(places) > 1:
            raise ClassSRError(f"{output}: is a file; name a folder for {len(places)} pictures")
        if not is_image_name(output, EXTENSIONS):
            raise ClassSRError(
                f"{output}: not written; name a folder, or a file ending in {', '.join(EXTENSIONS)}"
            )
        return dict.fromkeys(places, output)
    return {
        source: output / place.with_name(target_name(source, suffix=suffix, extension=extension))
        for source, place in places.items()
    }


def _names_a_file(output: Path) -> bool:
    """Whether a name that is not there is one of a picture, of any format."""
    return is_image_name(output, (*EXTENSIONS, *Image.registered_extensions(), ".heic", ".avif"))


def _job(source: Path, target: Path, *, with_map: bool) -> Job:
    tinted = target.with_name(f"{target.stem}{CLASS_MAP}.png")
    return Job(source, target, tinted if with_map else None)
