"""Where sub-images lie in a photograph: pure geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
        starts = np.arange(0, length - self.crop + 1, self.step)
        if len(starts) and length - self.crop - starts[-1] > self.remainder:
            starts = np.append(starts, length - self.crop)
        return starts

    def positions(self, height: int, width: int) -> np.ndarray:
        """The top left corners (y, x) of all sub-images, row by row, n x 2."""
        grid = np.meshgrid(self.starts(height), self.starts(width), indexing="ij")
        return np.stack(grid, axis=-1).reshape(-1, 2)


TRAINING_CROPS = CropRule(crop=128, step=64, remainder=48)  # 32 / 16 LR pixels at x4
TEST_CROPS = CropRule(crop=128, step=112, remainder=48)  # 32 / 28 LR pixels at x4
