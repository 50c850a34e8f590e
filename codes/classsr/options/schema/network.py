"""The network: its branches and its classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Union

from pydantic import BaseModel, Field

from classsr.models.backbones import BACKBONES
from classsr.models.spec import schema
from classsr.options.schema.section import Section

if TYPE_CHECKING:
    BranchOptions = BaseModel
else:
    BranchOptions = Annotated[
        Union[tuple(schema(name) for name in BACKBONES)],  # noqa: UP007
        Field(discriminator="type"),
    ]


class ClassifierOptions(Section):
    """The classifier (see `models.Classifier`).

    width: channels of its convolutions.
    init: first weights; published: the original's, kaiming: ten times as large.
    """

    width: int = Field(128, ge=1)
    init: Literal["published", "kaiming"] = "published"
