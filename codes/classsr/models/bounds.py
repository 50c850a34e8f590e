"""Sizes that a network can have; option files and checkpoints are held to them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

SCALES = (2, 3, 4)
MOST_BRANCHES = 16

Width = Annotated[int, Field(ge=1, le=1024)]  # channels
Depth = Annotated[int, Field(ge=1, le=1000)]  # layers or blocks
Range = Annotated[float, Field(gt=0, le=65535)]  # the largest value of an image
