"""The section `val`: the protocol of a test, or of validation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from classsr.options.schema.section import Section, Steps


class ProtocolOptions(Section):
    """How images are cut into tiles and scored; the defaults are the paper's.

    protocol: paper: tiles, rounded and averaged; full: every pixel, in regions of one class.
    tile: side of the classified tiles, LR pixels.
    stride: distance of two tiles of the paper's protocol, LR pixels.
    tile_batch_size: tiles at once; what suits the runner where it is left out.
    crop_border: HR pixels that PSNR and SSIM leave out on each side.
    """

    protocol: Literal["paper", "full"] = "paper"
    tile: int = Field(32, ge=4, le=4096)
    stride: int = Field(28, ge=1, le=4096)
    tile_batch_size: int | None = Field(None, ge=1, le=100_000)
    crop_border: int = Field(4, ge=0, le=1000)

    @model_validator(mode="after")
    def _no_gaps(self) -> ProtocolOptions:
        if self.stride > self.tile:
            raise ValueError("stride must not exceed tile, or pixels would be left out")
        return self


class ValOptions(ProtocolOptions):
    """Validation during a training: the protocol of testing.

    val_freq: steps between two validations.
    """

    val_freq: Steps = 5000
