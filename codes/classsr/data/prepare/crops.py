"""Where sub-images lie in a photograph: pure geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classsr.errors import ClassSRError
from classsr.inference.tile_grid import PAPER_STRIDE, PAPER_TILE, starts


@dataclass(frozen=True, kw_only=True)
class CropRule:
    """How a photograph is cut into sub-images; every figure is in HR pixels.

    crop: side of a sub-image; step: distance of two; remainder: where more than this is left
    beside the last one, one more lies flush with the edge.
    """

    crop: int
    step: int
    remainder: int

    def starts(self, length: int) -> np.ndarray:
        """Where the sub-images begin along one axis, ascending; empty where none fits."""
        places = np.array(starts(length, tile=self.crop, stride=self.step), dtype=np.int64)
        if len(places) and length - self.crop - places[-1] > self.remainder:
            places = np.append(places, length - self.crop)
        return places

    def positions(self, height: int, width: int) -> np.ndarray:
        """The top left corners (y, x) of all sub-images, row by row, n x 2."""
        grid = np.meshgrid(self.starts(height), self.starts(width), indexing="ij")
        return np.stack(grid, axis=-1).reshape(-1, 2)

    def check(self, scale: int) -> None:
        """Raise ClassSRError for figures that do not fall on whole LR pixels or leave gaps."""
        for key, value in (("crop", self.crop), ("step", self.step)):
            if value < scale or value % scale:
                raise ClassSRError(
                    f"--{key}: expected a multiple of the scale {scale}, got {value}"
                )


def crops_for_training(scale: int) -> CropRule:
    """The paper's training sub-images: 32 LR pixels every 16 (128 and 64 HR pixels at x4)."""
    return CropRule(crop=PAPER_TILE * scale, step=16 * scale, remainder=12 * scale)


def crops_for_testing(scale: int) -> CropRule:
    """The paper's test sub-images for single branches: 32 LR pixels every 28."""
    return CropRule(crop=PAPER_TILE * scale, step=PAPER_STRIDE * scale, remainder=12 * scale)


CROPS = {"training": crops_for_training, "testing": crops_for_testing}
