"""What sets are made from: photographs, or pairs of GT and LQ that are there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from classsr.data.paired_folder import pair_up, read_pair
from classsr.data.prepare.photographs import (
    Recipe,
    check_image,
    fitted,
    make_pair,
    read_photograph,
    resized,
    scaled_name,
    select,
    to_8_bit,
)
from classsr.errors import ClassSRError
from classsr.images.rgb import images_by_stem
from classsr.system.engines import Engine, work_through
from classsr.system.files import checksum

NamedPair = tuple[str, np.ndarray, np.ndarray]  # name, LR, HR


class SourceItem(Protocol):
    """One photograph or pair; `files` are the files that it reads, by their role."""

    @property
    def files(self) -> dict[str, Path]: ...

    def check(self, *, smallest: int) -> str:
        """See `check_image`."""
        ...

    def pairs(self) -> Iterator[NamedPair]:
        """The pairs made from it, 8-bit RGB, each under a name of its own."""
        ...


Item = TypeVar("Item", bound=SourceItem, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Source(Generic[Item]):
    """All items by name, the folders that they come from by role, and the options they follow."""

    items: Mapping[str, Item]
    folders: dict[str, str]
    options: dict[str, Any]

    def checksums(self, engine: Engine | None) -> dict[str, str]:
        """SHA-256 of every file, as `HR/0001.png`."""
        files = {
            f"{role}/{path.name}": path
            for item in self.items.values()
            for role, path in item.files.items()
        }
        digests = work_through(list(files.values()), checksum, label="checksums", engine=engine)
        return dict(zip(files, digests, strict=True))

    def check(self, *, smallest: int, engine: Engine | None) -> list[str]:
        """Read every item once, to find a bad one before hours of work; see `check_image`."""
        items = list(self.items.values())
        check = methodcaller("check", smallest=smallest)
        notices = work_through(items, check, label="checking", engine=engine)
        return [notice for notice in notices if notice]


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A photograph that is taken at several sizes.

    factors: the sizes, relative to the photograph, which is first shrunk `shrink` times and then
    to at most `long_side` pixels (None to leave it); scale: HR over LR.
    """

    path: Path
    scale: int
    factors: Sequence[float]
    shrink: int
    long_side: int | None
    recipe: Recipe

    @property
    def files(self) -> dict[str, Path]:
        return {"HR": self.path}

    def check(self, *, smallest: int) -> str:
        return check_image(self.path, smallest=smallest * self.shrink)

    def scaled(self) -> Iterator[tuple[str, np.ndarray]]:
        """Its name and image at every factor."""
        image = read_photograph(self.path)
        if self.shrink != 1:
            image = resized(image, scale=1 / self.shrink, recipe=self.recipe)
        if self.long_side is not None:
            image = fitted(image, long_side=self.long_side, recipe=self.recipe)
        for factor in self.factors:
            scaled = image if factor == 1 else resized(image, scale=factor, recipe=self.recipe)
            yield scaled_name(self.path.stem, factor), scaled

    def pairs(self) -> Iterator[NamedPair]:
        for name, image in self.scaled():
            yield name, *make_pair(image, scale=self.scale, recipe=self.recipe)


@dataclass(frozen=True, kw_only=True)
class ReadyPair:
    """A GT image and its LQ, taken as they are."""

    name: str
    gt: Path
    lq: Path
    scale: int

    @property
    def files(self) -> dict[str, Path]:
        return {"GT": self.gt, "LQ": self.lq}

    def check(self, *, smallest: int) -> str:
        read_pair(self.gt, self.lq, scale=self.scale)
        return check_image(self.gt, smallest=smallest)

    def pairs(self) -> Iterator[NamedPair]:
        lr, hr = read_pair(self.gt, self.lq, scale=self.scale)
        yield self.name, to_8_bit(lr), to_8_bit(hr)


def photographs(
    folder: Path,
    *,
    scale: int = 4,
    factors: Sequence[float] = (1.0,),
    shrink: int = 1,
    long_side: int | None = None,
    recipe: Recipe = "matlab",
    names: Sequence[str] | None = None,
) -> Source[Photograph]:
    """The photographs of a folder, or those of the given stems; see `Photograph`."""
    if min(factors) <= 0 or len(set(factors)) < len(factors):
        raise ClassSRError(f"--factors: expected different sizes above 0, found {list(factors)}")
    paths = images_by_stem(folder)
    if names is not None:
        paths = select(paths, names, folder)
    options: dict[str, Any] = {
        "scale": scale,
        "factors": list(factors),
        "shrink": shrink,
        "long_side": long_side,
        "recipe": recipe,
    }
    return Source(
        items={stem: Photograph(path=path, **options) for stem, path in paths.items()},
        folders={"HR": str(folder)},
        options=options,
    )


def ready_pairs(*, gt: Path, lq: Path, scale: int) -> Source[ReadyPair]:
    """The pairs of two folders; see `PairFolder` for their names."""
    return Source(
        items={
            hr_path.stem: ReadyPair(name=hr_path.stem, gt=hr_path, lq=lr_path, scale=scale)
            for hr_path, lr_path in pair_up(gt, lq, scale=scale)
        },
        folders={"GT": str(gt), "LQ": str(lq)},
        options={"scale": scale},
    )
