"""Which pictures the inputs of `upscale` name, and what is left out of them."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classsr.errors import ClassSRError
from classsr.images.formats import EXTENSIONS
from classsr.images.origin import read_origin
from classsr.images.rgb import is_image_name
from classsr.system.files import is_there

KNOWN = ", ".join(EXTENSIONS)
CLASS_MAP = "_classes"  # at the end of the name of a class map


@dataclass
class Found:
    """What inputs name.

    places: the pictures, and where each lies below its input: the name alone, or with the
        folders that `recursive` and patterns go through.
    kinds: how many files were left out, by the ending of their names; folders: how many folders.
    """

    places: dict[Path, Path] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    folders: int = 0

    @property
    def left_out(self) -> str:
        """What was left out in words, empty where nothing was."""
        parts = [f"{number} {kind}" for kind, number in sorted(self.kinds.items())]
        if self.folders:
            parts.append(f"{self.folders} folder{'s'[: self.folders > 1]} (-r goes into them)")
        return ", ".join(parts)


def find_sources(
    inputs: Sequence[str], *, recursive: bool = False, output: Path | None = None
) -> Found:
    """The pictures that files, folders and patterns such as `scans/**/*.png` name, each once.

    recursive: go into the folders below a folder, but into none through a link.
    output: the folder of results; where it lies below an input, it is passed over.
    A file that is named stands as it is, so that the error for it comes when its turn does.
    Raises ClassSRError for a folder or a pattern without pictures.
    """
    found = Found()
    for text in inputs:
        path = Path(text)
        if not is_there(path) and glob.has_magic(text):
            base = _fixed_part(text)
            paths = iter(_matches(text, base=base, output=output))
        elif path.is_dir():
            base = path
            paths = _files(path, recursive=recursive, output=output, found=found)
        else:
            found.places.setdefault(path, Path(path.name))
            continue
        if not [path for path in paths if _take(path, base, found)]:
            holds = f"; it holds {found.left_out}" if found.left_out else ""
            raise ClassSRError(f"{text}: holds no images; expected files ending in {KNOWN}{holds}")
    first: dict[str, Path] = {}
    for path in found.places:  # one file may be named in two ways
        first.setdefault(os.path.abspath(path), path)  # noqa: PTH100 (links stay)
    found.places = {path: found.places[path] for path in first.values()}
    return found


def _take(path: Path, base: Path, found: Found) -> bool:
    """Note a file as a picture or as left out; hidden files are neither."""
    if path.name.startswith("."):
        return False
    if not is_image_name(path, EXTENSIONS):
        found.kinds[path.suffix.lower() or "without an ending"] += 1
        return False
    if path.stem.endswith(CLASS_MAP) and "map_of" in (read_origin(path) or {}):
        found.kinds["class maps"] += 1
        return False
    found.places.setdefault(path, path.relative_to(base))
    return True


def _files(folder: Path, *, recursive: bool, output: Path | None, found: Found) -> Iterator[Path]:
    """The files of a folder, and of those below it, sorted; counts the folders left out."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise ClassSRError(f"{folder}: cannot be read ({error.strerror})") from error
    for path in entries:
        if not _is_folder(path):
            yield path
        elif path.name.startswith(".") or _is_same(path, output):
            continue
        elif not recursive or path.is_symlink():
            found.folders += 1
        elif not os.access(path, os.R_OK | os.X_OK):
            found.kinds["unreadable folders"] += 1
        else:
            yield from _files(path, recursive=True, output=output, found=found)


def _matches(pattern: str, *, base: Path, output: Path | None) -> list[Path]:
    """The files that a pattern matches, sorted, but for those in the folder of results."""

    def is_result(path: Path) -> bool:
        below = list(path.relative_to(base).parents)[:-1]
        return any(_is_same(base / folder, output) for folder in below)

    found = glob.glob(pattern, recursive=True)  # noqa: PTH207 (Path.glob takes no absolute pattern)
    paths = map(Path, sorted(found))
    return [path for path in paths if not _is_folder(path) and not is_result(path)]


def _fixed_part(pattern: str) -> Path:
    """The folders of a pattern before the first one that is a pattern itself."""
    parts = Path(pattern).parent.parts
    fixed = [not glob.has_magic(part) for part in parts]
    return Path(*parts[: fixed.index(False) if False in fixed else len(parts)])


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises where a folder is closed)


def _is_same(folder: Path, other: Path | None) -> bool:
    return other is not None and other.exists() and folder.samefile(other)
