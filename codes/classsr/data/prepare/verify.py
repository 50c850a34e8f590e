"""Compare a prepared set with its manifests and with what the paper publishes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from classsr.data.manifest import FILE_NAME, Manifest, load_complete
from classsr.data.packed import array_paths, load_array
from classsr.data.paired_folder import read_pair
from classsr.data.prepare.crops import CropRule
from classsr.data.prepare.layouts import file_name
from classsr.data.prepare.paper_sets import PUBLISHED
from classsr.data.prepare.score import score_path
from classsr.data.prepare.split import CLASS_NAMES
from classsr.data.prepare.whole import lr_folder
from classsr.errors import ClassSRError
from classsr.system.files import checksum


def verify(folder: Path) -> list[str]:
    """What does not fit in a prepared set, one line each; empty where all is well.

    Compares files with counts, classes with the index, inputs that are still there with their
    checksums, and counts with the published ones where the set claims to be the paper's.
    Raises ClassSRError where there is no complete set at all.
    """
    manifest = load_complete(folder)
    problems = [*_inputs(folder, manifest), *_published(folder, manifest)]
    if manifest.step == "cut":
        problems += _files(folder, manifest)
        for part, check in (("scores", _scores), ("classes", _classes)):
            if (folder / part).is_dir():
                of_part = load_complete(folder / part)
                problems += check(folder, manifest, of_part)
                problems += _published(folder / part, of_part)
                problems += _inputs(folder / part, of_part)
    else:
        problems += _images(folder, manifest)
    return problems


def _published(folder: Path, manifest: Manifest) -> Iterable[str]:
    for key, expected in PUBLISHED.get(manifest.claims, {}).items():
        found = manifest.counts.get(key, expected)
        if found != expected:
            yield f"{folder}: {key}: the paper's {manifest.claims} holds {expected}, this {found}"


def _inputs(folder: Path, manifest: Manifest) -> Iterable[str]:
    """Inputs that were removed since are no fault of the set; those that changed are."""
    for key, digest in manifest.inputs.items():
        role, _, name = key.partition("/")
        path = Path(manifest.source[role]) / name
        if path.is_file() and checksum(path) != digest:
            yield f"{folder / FILE_NAME}: {path} has changed since the set was made from it"


def _expect_files(folder: Path, expected: Iterable[str]) -> Iterable[str]:
    wanted = set(expected)
    found = {path.name for path in folder.glob("*") if path.is_file()} - {FILE_NAME}
    for word, names in (("is missing", wanted - found), ("is not in the manifest", found - wanted)):
        if names:
            first = min(names)
            yield f"{folder / first}: {word} ({len(names)} such files)"


def _files(folder: Path, manifest: Manifest) -> Iterable[str]:
    """Compare the files of both layouts, and the sizes of packed photographs, with the counts."""
    crops = manifest.counts["crops"]
    if manifest.options["layout"] == "folders":
        names = [file_name(name, number) for name, n in crops.items() for number in range(n)]
        for role in ("GT", "LR"):
            yield from _expect_files(folder / role, names)
        return
    for role in ("hr", "lr"):
        yield from _expect_files(folder / role, (f"{name}.npy" for name in crops))
    rule, scale = CropRule(**manifest.options["crops"]), manifest.options["scale"]
    for name, n in crops.items():
        paths = array_paths(folder, name)
        if not all(path.is_file() for path in paths):
            continue
        try:
            lr, hr = (load_array(path) for path in paths)
        except ClassSRError as error:
            yield str(error)
            continue
        if len(rule.positions(*hr.shape[:2])) != n:
            yield f"{paths[1]}: expected the size of {n} sub-images, found {hr.shape}"
        if tuple(length * scale for length in lr.shape[:2]) != hr.shape[:2]:
            yield f"{paths[0]}: expected 1/{scale} of HR {hr.shape}, found {lr.shape}"


def _scores(folder: Path, manifest: Manifest, scores: Manifest) -> Iterable[str]:
    crops = manifest.counts["crops"]
    yield from _expect_files(folder / "scores", (f"{name}.npy" for name in crops))
    for name, n in crops.items():
        path = score_path(folder, name)
        if path.is_file() and load_array(path).shape != (n,):
            yield f"{path}: expected {n} scores, found {load_array(path).shape}"


def _classes(folder: Path, manifest: Manifest, classes: Manifest) -> Iterable[str]:
    """Compare the classes on disk with the counts in their manifest."""
    expected = [classes.counts[name] for name in CLASS_NAMES]
    if manifest.options["layout"] == "packed":
        labels = load_array(folder / "classes" / "index.npy")["label"]
        found = np.bincount(labels, minlength=len(CLASS_NAMES)).tolist()
    else:
        found = [len(list((folder / f"GT_class{i + 1}").glob("*.png"))) for i in range(3)]
    if found != expected:
        yield f"{folder / 'classes'}: expected {expected} sub-images by class, found {found}"


def _images(folder: Path, manifest: Manifest) -> Iterable[str]:
    if manifest.step == "scales":
        yield from _expect_files(folder, (f"{name}.png" for name in manifest.counts["images"]))
        return
    scale = manifest.options["scale"]
    gt, lr = folder / "GT", lr_folder(folder, scale)
    for role in (gt, lr):
        yield from _expect_files(role, (f"{name}.png" for name in manifest.counts["tiles"]))
    for name in manifest.counts["tiles"]:
        try:
            read_pair(gt / f"{name}.png", lr / f"{name}.png", scale=scale)
        except ClassSRError as error:
            yield str(error)
