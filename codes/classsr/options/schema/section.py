"""What all sections share: strict keys, and names that may become folders."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A mapping of an option file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _is_plain_name(name: str) -> str:
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"expected a name of at most {LONGEST_NAME} bytes")
    return name


LONGEST_NAME = 200
# Names become folders: one word of letters, digits, "_", "-" and ".", which leads nowhere else.
Name = Annotated[str, Field(pattern=r"^\w[\w.-]*$"), AfterValidator(_is_plain_name)]
SetName = Annotated[str, Field(pattern=r"^\w[\w .-]*$"), AfterValidator(_is_plain_name)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Steps = Annotated[int, Field(ge=1, le=10**9)]
