"""A small test set that needs no download: the colour photographs that scikit-image ships."""

from __future__ import annotations

from pathlib import Path

import skimage

from classsr.images.resize import imresize
from classsr.images.rgb import read_image, write_image

PHOTOGRAPHS = (
    "astronaut.png",
    "chelsea.png",
    "coffee.png",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "retina.jpg",
    "rocket.jpg",
)


def make_sample_set(*, out: Path, scale: int) -> int:
    """Write out/GT and out/LR_x<scale>, GT cropped to a multiple of the scale.

    Photographs that are there already stay. Returns how many pairs were written.
    """
    written = 0
    for name in PHOTOGRAPHS:
        targets = [out / folder / f"{Path(name).stem}.png" for folder in ("GT", f"LR_x{scale}")]
        if all(target.exists() for target in targets):
            continue
        hr = read_image(Path(skimage.__file__).parent / "data" / name)
        hr = hr[: hr.shape[0] // scale * scale, : hr.shape[1] // scale * scale]
        write_image(targets[0], hr)
        write_image(targets[1], imresize(hr, scale=1 / scale))
        written += 1
    return written
