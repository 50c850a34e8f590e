"""Test sets that need no download: large photographs that come with the package, small ones that
scikit-image ships."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import skimage

from classsr.images.resize import imresize
from classsr.images.rgb import read_image, write_image

# 2040 pixels wide, CC0; large/LICENSE names their source.
LARGE = tuple(
    Path(__file__).parent / "large" / name for name in ("kitten_on_lawn.jpg", "roman_colosseum.jpg")
)
# 400 to 1411 pixels wide, so that most tiles hold detail: the hard case.
SMALL = tuple(
    Path(skimage.__file__).parent / "data" / name
    for name in (
        "astronaut.png",
        "chelsea.png",
        "coffee.png",
        "hubble_deep_field.jpg",
        "motorcycle_left.png",
        "motorcycle_right.png",
        "retina.jpg",
        "rocket.jpg",
    )
)


def make_sample_set(photographs: Sequence[Path] = SMALL, *, out: Path, scale: int) -> int:
    """Write out/GT and out/LR_x<scale>, GT cropped to a multiple of the scale.

    Photographs that are there already stay. Returns how many pairs were written.
    """
    written = 0
    for photograph in photographs:
        targets = [out / folder / f"{photograph.stem}.png" for folder in ("GT", f"LR_x{scale}")]
        if all(target.exists() for target in targets):
            continue
        hr = read_image(photograph)
        hr = hr[: hr.shape[0] // scale * scale, : hr.shape[1] // scale * scale]
        write_image(targets[0], hr)
        write_image(targets[1], imresize(hr, scale=1 / scale))
        written += 1
    return written
