"""An option file of classsr test."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from classsr.errors import ClassSRError
from classsr.inference.budget import parse_budget
from classsr.options.schema.datasets import PairOptions
from classsr.options.schema.protocol import ProtocolOptions
from classsr.options.schema.section import Name, Section
from classsr.runtime.select import Backend, Precision


class TestPathOptions(Section):
    """Where things are.

    results: folder of all results; a test writes to a folder of its name in it.
    pretrain_model: the checkpoint that is tested.
    """

    results: Path = Path("results")
    pretrain_model: Path


class TestOptions(Section):
    """A run of classsr test; network and scale come with the checkpoint.

    name: of the test and of its folder.
    device: where to compute; auto takes a GPU where there is one.
    datasets: the images.
    path: where things are.
    val: how images are cut into tiles and scored.
    backend: what computes; auto takes OpenVINO on CPUs where it is installed.
    precision: of the branches.
    budget: computation to spend, as 50%, 0.3GFLOPs a tile or 2.5s a megapixel.
    save_img: write the results as PNG.
    class_map: write the tiles by class as IMAGE_classes.png.
    """

    __test__ = False  # not a test case, whatever pytest makes of the name

    name: Name
    device: Literal["auto", "cpu", "gpu"] = "auto"
    datasets: list[PairOptions] = Field(min_length=1)
    path: TestPathOptions
    val: ProtocolOptions = ProtocolOptions()
    backend: Backend = "auto"
    precision: Precision = "float32"
    budget: str | None = None
    save_img: bool = False
    class_map: bool = False

    @field_validator("datasets")
    @classmethod
    def _each_set_once(cls, datasets: list[PairOptions]) -> list[PairOptions]:
        names = [pairs.name for pairs in datasets]
        if len(set(names)) < len(names):
            raise ValueError(f"two data sets have one name: {', '.join(names)}")
        return datasets

    @field_validator("budget")
    @classmethod
    def _budget_is_readable(cls, budget: str | None) -> str | None:
        if budget is not None:
            try:
                parse_budget(budget)
            except ClassSRError as error:
                raise ValueError(str(error)) from None
        return budget
