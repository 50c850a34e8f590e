"""The two layouts of a training set on disk; both know how to store, read and class sub-images."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from tqdm import tqdm

from classsr.data.manifest import Manifest
from classsr.data.packed import INDEX_DTYPE, array_paths, load_array, save_array
from classsr.data.prepare.crops import CropRule
from classsr.images.rgb import read_image, write_image
from classsr.system.files import read_bytes, write_atomic

LayoutName = Literal["packed", "folders"]

_SUB_IMAGES_AT_ONCE = 128


@dataclass(frozen=True)
class Layout(ABC):
    """A set in `folder` whose photographs are cut by the rule `crops`."""

    folder: Path
    scale: int
    crops: CropRule

    @abstractmethod
    def store(self, name: str, lr: np.ndarray, hr: np.ndarray) -> int:
        """Store a photograph's pair; returns its number of sub-images."""

    @abstractmethod
    def sub_images(self, name: str, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Stacks of the n sub-images of a photograph, (lr, hr), in their order."""

    @abstractmethod
    def write_classes(
        self, scores: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]
    ) -> None:
        """Record score and class of every sub-image of every photograph."""


class PackedLayout(Layout):
    """Whole photographs as arrays, and an index; see `classsr.data.packed`."""

    def store(self, name: str, lr: np.ndarray, hr: np.ndarray) -> int:
        for path, array in zip(array_paths(self.folder, name), (lr, hr), strict=True):
            save_array(path, array)
        return len(self.crops.positions(*hr.shape[:2]))

    def sub_images(self, name: str, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        lr, hr = (load_array(path) for path in array_paths(self.folder, name))
        corners = self.crops.positions(*hr.shape[:2])
        for start in range(0, n, _SUB_IMAGES_AT_ONCE):
            some = corners[start : start + _SUB_IMAGES_AT_ONCE]
            yield (
                cut_out(lr, some // self.scale, self.crops.crop // self.scale),
                cut_out(hr, some, self.crops.crop),
            )

    def write_classes(
        self, scores: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]
    ) -> None:
        parts = [np.empty(0, INDEX_DTYPE)]
        for number, name in enumerate(scores):
            hr = load_array(array_paths(self.folder, name)[1])
            corners = self.crops.positions(*hr.shape[:2]) // self.scale
            part = np.empty(len(corners), INDEX_DTYPE)
            part["image"], part["y"], part["x"] = number, corners[:, 0], corners[:, 1]
            part["score"], part["label"] = scores[name], labels[name]
            parts.append(part)
        save_array(self.folder / "classes" / "index.npy", np.concatenate(parts))


class FolderLayout(Layout):
    """Sub-images as PNG in GT/ and LR/, named as by the original scripts: `0001_s001.png`.

    Those of class 0 stand once more in GT_class1/ and LR_class1/, as hard links where the file
    system has them.
    """

    def store(self, name: str, lr: np.ndarray, hr: np.ndarray) -> int:
        corners = self.crops.positions(*hr.shape[:2])
        for role, image, scale in (("LR", lr, self.scale), ("GT", hr, 1)):
            sub_images = cut_out(image, corners // scale, self.crops.crop // scale)
            for number, sub_image in enumerate(sub_images):
                path = self.folder / role / file_name(name, number)
                write_image(path, sub_image, durable=False)
        os.sync()  # once, since waiting for each of hundreds of files takes most of the time
        return len(corners)

    def sub_images(self, name: str, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, n, _SUB_IMAGES_AT_ONCE):
            numbers = range(start, min(start + _SUB_IMAGES_AT_ONCE, n))
            lr, hr = (
                np.stack([read_image(self.folder / role / file_name(name, i)) for i in numbers])
                for role in ("LR", "GT")
            )
            yield lr, hr

    def write_classes(
        self, scores: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]
    ) -> None:
        for name, of_photograph in tqdm(labels.items(), desc="linking"):
            for number, label in enumerate(of_photograph.tolist()):
                for role in ("GT", "LR"):
                    file = file_name(name, number)
                    link(
                        self.folder / role / file,
                        self.folder / f"{role}_class{label + 1}" / file,
                    )


LAYOUTS: dict[str, type[Layout]] = {"packed": PackedLayout, "folders": FolderLayout}


def layout_of(folder: Path, manifest: Manifest) -> Layout:
    """The layout of a set that `cut` made."""
    options = manifest.options
    return LAYOUTS[options["layout"]](folder, options["scale"], CropRule(**options["crops"]))


def file_name(name: str, number: int) -> str:
    """The file of sub-image `number` (from 0) of a photograph."""
    return f"{name}_s{number + 1:03d}.png"


def cut_out(image: np.ndarray, corners: np.ndarray, side: int) -> np.ndarray:
    """The square sub-images with the given top left corners (n x 2), n x side x side x C."""
    stack = np.empty((len(corners), side, side, *image.shape[2:]), image.dtype)
    for place, (y, x) in zip(stack, corners.tolist(), strict=True):
        place[:] = image[y : y + side, x : x + side]
    return stack


def link(path: Path, to: Path) -> None:
    """Make `to` another name of a file, or a copy on file systems without hard links."""
    if to.exists():
        return
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, to)
    except OSError:
        # No hard links, or a missing, full or read-only folder, of which these tell the user.
        write_atomic(to, read_bytes(path))
