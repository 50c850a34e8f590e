"""The manifest of a prepared set: what it was made from, how, and what it should hold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from classsr.errors import ClassSRError
from classsr.system.files import write_atomic

FILE_NAME = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What stands in manifest.json; counts are empty until the set is complete.

    step: the step that made the set; source: the folders it was made from, by role; options:
    every choice that shapes the result; inputs: role/file name -> SHA-256 of its content; counts:
    of what was made; claims: the published set that this one is meant to equal, if any.
    """

    step: str
    source: dict[str, str]
    options: dict[str, Any]
    inputs: dict[str, str]
    counts: dict[str, Any]
    claims: str = ""

    @property
    def is_complete(self) -> bool:
        return bool(self.counts)

    def save(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        write_atomic(folder / FILE_NAME, text.encode() + b"\n")

    def completed(self, folder: Path, counts: dict[str, Any]) -> Manifest:
        """Save the manifest with its counts, which marks the set as complete."""
        manifest = replace(self, counts=counts)
        manifest.save(folder)
        return manifest


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest of a prepared set; ClassSRError where there is none or a broken one."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise ClassSRError(f"{folder}: holds no {FILE_NAME}; expected a set made by data_scripts/")
    try:
        return Manifest(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise ClassSRError(f"{path}: is no manifest ({error}); prepare the set again") from error


def load_complete(folder: Path) -> Manifest:
    """Read the manifest of a set that must be complete."""
    manifest = load_manifest(folder)
    if not manifest.is_complete:
        raise ClassSRError(f"{folder}: is not complete; repeat the command that makes it")
    return manifest


def begin(folder: Path, wanted: Manifest) -> Manifest:
    """Start or continue a set: save the manifest where there is none, else check that it fits.

    Returns the manifest in the folder, which is complete when there is nothing left to do.
    Raises ClassSRError where the folder holds a set made from other images or with other options.
    """
    if not (folder / FILE_NAME).is_file():
        if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
            raise ClassSRError(f"{folder}: holds files but no {FILE_NAME}; choose an empty folder")
        wanted.save(folder)
    found = load_manifest(folder)
    as_read = json.loads(json.dumps(asdict(wanted)))  # in which tuples are lists
    difference = _first_difference(asdict(found), as_read)
    if difference:
        raise ClassSRError(
            f"{folder / FILE_NAME}: the set was begun with {difference}; "
            "choose another folder or remove this one"
        )
    return found


def _first_difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    for key in ("step", "claims"):
        if found[key] != wanted[key]:
            return f"{key} = {found[key]!r}, not {wanted[key]!r}"
    for part in ("options", "inputs"):
        old, new = found[part], wanted[part]
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                return f"{part} {key} = {old.get(key)}, not {new.get(key)}"
    return ""
