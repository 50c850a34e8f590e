"""What the paper says its sets hold, and how they are made from DIV2K and DIV8K."""

from __future__ import annotations

from dataclasses import dataclass

# Sub-images of the training set and its classes; tiles of the test sets.
PUBLISHED: dict[str, dict[str, int]] = {
    "DIV2K": {"total": 1_594_077, "simple": 531_406, "medium": 531_336, "hard": 531_335},
    "Test2K": {"total": 12_320},
    "Test4K": {"total": 51_040},
    "Test8K": {"total": 296_412},
}

TRAINING_FACTORS = (1.0, 0.9, 0.8, 0.7, 0.6)
PAPER_THRESHOLDS = (27.16882, 35.149761)  # dB; the terciles of the published scores

DIV2K_TRAINING = tuple(f"{number:04d}" for number in range(1, 801))
DIV2K_VALIDATION = tuple(f"{number:04d}" for number in range(801, 811))


@dataclass(frozen=True)
class Div8kPart:
    """The DIV8K images first to last, shrunk so many times."""

    first: int
    last: int
    shrink: int

    @property
    def names(self) -> list[str]:
        return [f"{number:04d}" for number in range(self.first, self.last + 1)]


# Test2K is DIV8K shrunk 4 times (said by the authors), Test4K 2 times. The paper brings the images
# of Test8K down to 2K and 4K too, by the same factors as we take it.
DIV8K_PARTS = {
    "Test2K": Div8kPart(1201, 1300, 4),
    "Test4K": Div8kPart(1301, 1400, 2),
    "Test8K": Div8kPart(1401, 1500, 1),
    "Test8K_2K": Div8kPart(1401, 1500, 4),
    "Test8K_4K": Div8kPart(1401, 1500, 2),
}
