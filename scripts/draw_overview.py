"""Draw the picture of README.md from the demo's results: class map, and crops side by side.

bash scripts/demo.sh && python scripts/draw_overview.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch

from classsr.classmap import class_colours
from classsr.images import read_image
from classsr.resize import imresize

ROOT = Path(__file__).resolve().parent.parent
SAMPLE, RESULTS = ROOT / "datasets" / "sample", ROOT / "results" / "test" / "sample"
MAPPED, SHOWN = "rocket", "astronaut"
TOP, LEFT, SIDE = 60, 150, 120  # the crop of SHOWN, in HR pixels
NAMES = ("simple", "medium", "hard")


def main() -> None:
    lr = read_image(SAMPLE / "LR_x4" / f"{SHOWN}.png")
    hr = read_image(SAMPLE / "GT" / f"{SHOWN}.png")
    panels = {
        "tiles by class": read_image(RESULTS / f"{MAPPED}_classes.png"),
        "bicubic": crop(imresize(lr, size=hr.shape[:2])),
        "ClassSR-FSRCNN": crop(read_image(RESULTS / f"{SHOWN}.png")),
        "original": crop(hr),
    }
    figure, axes = plt.subplots(1, len(panels), figsize=(12, 3.4), layout="constrained")
    for axis, (title, image) in zip(axes, panels.items(), strict=True):
        axis.imshow(image, interpolation="nearest")
        axis.set_title(title)
        axis.set_axis_off()
    colours = class_colours(len(NAMES)) / 255
    patches = [Patch(color=c, label=n) for c, n in zip(colours, NAMES, strict=True)]
    axes[0].legend(handles=patches, loc="lower left", fontsize=8)
    out = ROOT / "docs" / "images" / "overview.jpg"
    out.parent.mkdir(exist_ok=True)
    figure.savefig(out, dpi=110, pil_kwargs={"quality": 88})
    print(f"written to {out}")


def crop(image: np.ndarray) -> np.ndarray:
    """The part of an HR image that the picture shows."""
    return image[TOP : TOP + SIDE, LEFT : LEFT + SIDE]


if __name__ == "__main__":
    main()
