"""Which bands of a raster go through the network together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classsr.errors import ClassSRError
from classsr.rasters.values import ValueRange

RGB = ("red", "green", "blue")


@dataclass(frozen=True)
class BandGroup:
    """Three bands as RGB, or one as grey; numbers count from 1.

    values: what becomes black and white; nodata: None where the bands have none.
    """

    bands: tuple[int, ...]
    values: ValueRange
    nodata: tuple[float | None, ...]


def parse_bands(text: str) -> tuple[int, int, int]:
    """Read `3,2,1`: the bands that show red, green and blue."""
    try:
        red, green, blue = (int(part) for part in text.split(","))
    except ValueError:
        red = green = blue = 0
    if len({red, green, blue}) < 3 or min(red, green, blue) < 1:
        raise ClassSRError(
            f"bands {text!r}: expected the numbers of red, green and blue, as in --bands 3,2,1"
        )
    return red, green, blue


def group_bands(
    colours: Sequence[str], *, chosen: tuple[int, int, int] | None
) -> list[tuple[int, ...]]:
    """The three bands that show colours, if there are any, and every other one by itself.

    colours: what the file says of each band; chosen: what the user says.
    Raises ClassSRError where a chosen band is missing.
    """
    every = range(1, len(colours) + 1)
    rgb: tuple[int, ...] = ()
    if chosen:
        if max(chosen) > len(colours):
            raise ClassSRError(
                f"--bands {','.join(map(str, chosen))}: the file has {len(colours)} bands"
            )
        rgb = chosen
    elif all(colour in colours for colour in RGB):
        rgb = tuple(1 + list(colours).index(colour) for colour in RGB)
    rest: list[tuple[int, ...]] = [(band,) for band in every if band not in rgb]
    return [rgb, *rest] if rgb else rest
