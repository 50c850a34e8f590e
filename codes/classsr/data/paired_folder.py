"""Pairs of images in two folders, GT and LQ, with the same names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path

from classsr.arrays import IntegerImage
from classsr.errors import ClassSRError
from classsr.images.rgb import images_by_stem, read_image


class PairFolder:
    """The images of a GT folder with their LQ; whole photographs or sub-images of one size.

    A pair has one stem: `0001.png` in both folders, or `0001x4.png` in the LQ folder as DIV2K
    names it. Names are checked when the folder is opened, sizes when a pair is read.
    """

    def __init__(self, *, gt: Path, lq: Path, scale: int) -> None:
        self.scale = scale
        self._folders = (gt, lq)
        self._pairs = pair_up(gt, lq, scale=scale)

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> tuple[IntegerImage, IntegerImage]:
        """Pair `index`: lr (h x w x 3) and hr (scale*h x scale*w x 3), both of one dtype."""
        return read_pair(*self._pairs[index], scale=self.scale)

    def __iter__(self) -> Iterator[tuple[IntegerImage, IntegerImage]]:
        return (self[index] for index in range(len(self)))

    @property
    def names(self) -> list[str]:
        """The stem of every GT image."""
        return [hr_path.stem for hr_path, _ in self._pairs]

    def subset(self, *, classes: Sequence[int]) -> PairFolder:
        """The pairs of some classes (0 is the simplest), from folders named like the original's.

        Class 0 of `GT` and `LR` lies in `GT_class1` and `LR_class1` beside them.
        """
        gt, lq = self._folders
        chosen = copy(self)
        chosen._pairs = []
        for number in (label + 1 for label in classes):
            chosen._pairs += pair_up(
                gt.with_name(f"{gt.name}_class{number}"),
                lq.with_name(f"{lq.name}_class{number}"),
                scale=self.scale,
            )
        return chosen


def pair_up(gt: Path, lq: Path, *, scale: int) -> list[tuple[Path, Path]]:
    """The (GT, LQ) paths of all pairs, sorted; ClassSRError for an image without its partner."""
    hr_paths, lr_paths = images_by_stem(gt), images_by_stem(lq, suffix=f"x{scale}")
    for stems, others, missing_in in ((hr_paths, lr_paths, lq), (lr_paths, hr_paths, gt)):
        unpaired = [path for stem, path in stems.items() if stem not in others]
        if unpaired:
            raise ClassSRError(
                f"{unpaired[0]}: has no partner in {missing_in} ({len(unpaired)} such images); "
                "expected the same names in both folders"
            )
    return [(path, lr_paths[stem]) for stem, path in hr_paths.items()]


def read_pair(hr_path: Path, lr_path: Path, *, scale: int) -> tuple[IntegerImage, IntegerImage]:
    """Read (lr, hr); ClassSRError unless hr is `scale` times lr and of the same dtype."""
    lr, hr = read_image(lr_path), read_image(hr_path)
    expected = (lr.shape[0] * scale, lr.shape[1] * scale)
    if hr.shape[:2] != expected:
        raise ClassSRError(
            f"{hr_path}: expected {_size(expected)}, {scale} times {lr_path.name}, "
            f"found {_size(hr.shape)}; crop GT to a multiple of the scale and make LQ from it"
        )
    if hr.dtype != lr.dtype:
        raise ClassSRError(f"{hr_path}: holds {hr.dtype} values but {lr_path} {lr.dtype}")
    return lr, hr


def _size(shape: Sequence[int]) -> str:
    return f"{shape[1]}x{shape[0]}"


def open_pairs(
    name: str, *, gt: Path, lq: Path, scale: int, made_by: str | None = None
) -> PairFolder:
    """The pairs of a named data set.

    made_by: the command that makes the data set, which the error of a missing one tells.
    """
    try:
        return PairFolder(gt=gt, lq=lq, scale=scale)
    except ClassSRError as error:
        advice = f"; make it with: {made_by}" if made_by else ""
        raise ClassSRError(f"data set {name}: {error}{advice}") from error
