"""The packed layout: every scaled photograph once, and an index of the sub-images in it.

    manifest.json        how the set was made
    hr/<name>.npy        a photograph, H x W x 3, uint8
    lr/<name>.npy        the same at 1/scale
    scores/<name>.npy    a score for each of its sub-images, and a manifest
    classes/index.npy    one record (INDEX_DTYPE) for every sub-image, and a manifest

The arrays are memory-mapped, so sub-images that overlap cost nothing and processes share them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from copy import copy
from pathlib import Path

import numpy as np

from classsr.data.manifest import load_complete
from classsr.errors import ClassSRError
from classsr.system.files import write_atomic

INDEX_DTYPE = np.dtype(
    [
        ("image", "<u4"),  # place in the manifest's list of images
        ("y", "<u2"),  # top left corner in LR pixels
        ("x", "<u2"),
        ("score", "<f8"),  # PSNR in dB, infinite for a perfect restoration
        ("label", "u1"),  # class, 0 the simplest
    ]
)


class PackedSet:
    """Pairs of sub-images out of a packed set."""

    def __init__(self, folder: Path) -> None:
        manifest = load_complete(folder)
        if manifest.options.get("layout") != "packed":
            raise ClassSRError(
                f"{folder}: is no packed set; give its folders as dataroot_GT and dataroot_LQ"
            )
        load_complete(folder / "classes")
        self.scale: int = manifest.options["scale"]
        self._lr_side = manifest.options["crops"]["crop"] // self.scale
        self._folder = folder
        self._names = list(manifest.counts["crops"])
        self._index = load_array(folder / "classes" / "index.npy")
        self._rows = np.arange(len(self._index))
        self._images: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, position: int) -> tuple[np.ndarray, np.ndarray]:
        """Views of a pair: lr (h x w x 3) and hr (scale*h x scale*w x 3), read-only uint8."""
        number, y, x, _, _ = self._index[self._rows[position]].item()
        lr, hr = self._image(number)
        side, scale = self._lr_side, self.scale
        return (
            lr[y : y + side, x : x + side],
            hr[y * scale : (y + side) * scale, x * scale : (x + side) * scale],
        )

    def subset(self, *, classes: Sequence[int]) -> PackedSet:
        """The pairs whose class (0 is the simplest) is one of `classes`."""
        chosen = copy(self)
        chosen._rows = self._rows[np.isin(self._index["label"][self._rows], classes)]
        if not len(chosen._rows):
            raise ClassSRError(f"{self._folder}: holds no sub-images of class {list(classes)}")
        return chosen

    def _image(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        if number not in self._images:
            lr_path, hr_path = array_paths(self._folder, self._names[number])
            self._images[number] = load_array(lr_path), load_array(hr_path)
        return self._images[number]


def array_paths(folder: Path, name: str) -> tuple[Path, Path]:
    """Where a packed set keeps the LR and the HR of a scaled photograph."""
    return folder / "lr" / f"{name}.npy", folder / "hr" / f"{name}.npy"


def load_array(path: Path) -> np.ndarray:
    """Map an array file into memory, read-only; ClassSRError where it is missing or damaged."""
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise ClassSRError(f"{path}: cannot be read ({error}); prepare the set again") from error


def save_array(path: Path, array: np.ndarray) -> None:
    """Write an array file atomically."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_atomic(path, buffer.getvalue())
