"""Draw the pictures of README.md and docs/results.md from the sample photographs.

python data_scripts/make_sample_set.py
python scripts/draw_pictures.py [-m ClassSR_FSRCNN.safetensors] [--plain FSRCNN_O.safetensors]

Without --plain the widest branch on every tile stands for the original network.
Writes overview.jpg, crops.jpg, classes.jpg and budgets.jpg to docs/images/.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classsr.checkpoints.native import load_network
from classsr.cli.main import errors_in_one_line
from classsr.errors import ClassSRError
from classsr.evaluation.figures import new_figure
from classsr.evaluation.metrics import psnr
from classsr.evaluation.router_study import EveryBranch, through_every_branch
from classsr.images.resize import imresize
from classsr.images.rgb import read_image
from classsr.inference.budget import build_router
from classsr.inference.class_map import class_colours, class_map
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.routing import most_probable
from classsr.inference.run_tiles import Restored
from classsr.models.classsr import ClassSR
from classsr.models.cost import NetworkCost
from classsr.models.flops import count_network
from classsr.runtime.runner import Runner
from classsr.runtime.select import choose_runner

ROOT = Path(__file__).resolve().parent.parent
SAMPLE, IMAGES = ROOT / "datasets" / "sample", ROOT / "docs" / "images"
LARGE = ROOT / "datasets" / "sample_large"
LEADING_MODEL = ROOT / "experiments" / "pretrained" / "ClassSR_SESR.safetensors"
MODEL = ROOT / "experiments" / "pretrained" / "ClassSR_FSRCNN.safetensors"
CLASSES = ("simple", "medium", "hard")

SIDE, ENLARGED = 80, 3  # a crop in pixels of the original, and how often each is drawn
CROPS = {"astronaut": (78, 180), "coffee": (141, 181), "motorcycle_left": (271, 167)}  # top, left
MAPPED = ("astronaut", "coffee", "motorcycle_left", "rocket")  # enlarged as they are
HEIGHT = 204  # of a class map
SPENT, PLACE = "motorcycle_left", (300, 130)  # within budgets, and the crop of its result
BUDGETS = ("35%", "50%", "75%", "100%")

LEADING, LEADING_CROP, LEADING_SIDE = "kitten_on_lawn", (640, 690), 112  # of the overview
GAP, LINE, DPI = 8, 26, 100  # pixels between panels, of a line of text, and per inch
FONT = 13


@dataclass(frozen=True)
class Panel:
    """A uint8 RGB image (H, W, 3) that is drawn pixel by pixel, and the lines below it."""

    image: np.ndarray
    caption: str


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", dest="model", type=Path, default=MODEL, help="checkpoint of ClassSR")
    parser.add_argument("--plain", type=Path, help="checkpoint of the original network")
    given = parser.parse_args()
    network, spec = load_network(given.model)
    if not isinstance(network, ClassSR) or len(network.branches) != len(CLASSES):
        raise ClassSRError(f"{given.model}: expected a ClassSR of {len(CLASSES)} branches")
    backbone = spec["branches"][-1]["type"]
    original = f"{backbone}-O" if given.plain else f"branch {len(CLASSES)} on every tile"
    plain = load_network(given.plain)[0] if given.plain else network.branches[-1]
    runner, cost = choose_runner(network), count_network(network)
    runners = {original: choose_runner(plain), f"ClassSR-{backbone}": runner}
    rows = [list(cropped(name, runners)) for name in CROPS]
    maps = [list(mapped(name, runner, cost)) for name in MAPPED]
    leading = load_network(LEADING_MODEL)[0]
    panels = overview(choose_runner(leading), count_network(leading))
    compose([list(panels)], IMAGES / "overview.jpg", legend=True)
    compose(rows, IMAGES / "crops.jpg")
    budgets = within_budgets(runner, cost)
    compose(list(zip(*maps, strict=True)), IMAGES / "classes.jpg", legend=True)
    compose(list(zip(*budgets, strict=True)), IMAGES / "budgets.jpg", legend=True)


def overview(runner: Runner, cost: NetworkCost) -> Iterator[Panel]:
    """One large photograph, its class map, and a crop before and after."""
    lr, hr = (read_image(LARGE / folder / f"{LEADING}.png") for folder in ("LR_x4", "GT"))
    branches = through_every_branch(lr, runner)
    classes = most_probable(branches.logits)
    top, left = LEADING_CROP
    area = np.s_[top : top + LEADING_SIDE, left : left + LEADING_SIDE]
    height = LEADING_SIDE * ENLARGED
    yield Panel(shrunk(outlined(hr, area, line=10), height=height), "a photograph, x4")
    yield tinted(branches, classes, cost, height=height)
    yield from compared({"ClassSR": branches.routed(classes)}, lr, hr, area)


def cropped(name: str, runners: dict[str, Runner]) -> Iterator[Panel]:
    """A photograph with its crop, then the crop as each method makes it from the LR image."""
    lr, hr = (read_image(SAMPLE / folder / f"{name}.png") for folder in ("LR_x4", "GT"))
    top, left = CROPS[name]
    area = np.s_[top : top + SIDE, left : left + SIDE]
    yield Panel(shrunk(outlined(hr, area), height=SIDE * ENLARGED), short(name))
    results = {label: paper_protocol(lr, runner) for label, runner in runners.items()}
    yield from compared(results, lr, hr, area)


def compared(
    results: dict[str, Restored], lr: np.ndarray, hr: np.ndarray, area: tuple[slice, slice]
) -> Iterator[Panel]:
    """A crop under bicubic interpolation, of the results, and of the original."""
    images = {label: levels(restored) for label, restored in results.items()}
    for label, image in ({"bicubic": imresize(lr, size=hr.shape[:2])} | images).items():
        yield Panel(pixels(image[area]), f"{label}\n{psnr(image[area], hr[area]):.2f} dB")
    yield Panel(pixels(hr[area]), "original")


def mapped(name: str, runner: Runner, cost: NetworkCost) -> Iterator[Panel]:
    """A photograph, and its tiles by class where it is the LR image."""
    branches = through_every_branch(read_image(SAMPLE / "GT" / f"{name}.png"), runner)
    height, width = branches.tiling.covered
    yield Panel(shrunk(branches.lr[:height, :width], height=HEIGHT), short(name))
    yield tinted(branches, most_probable(branches.logits), cost)


def within_budgets(runner: Runner, cost: NetworkCost) -> Iterator[tuple[Panel, Panel]]:
    """A photograph and a crop under bicubic interpolation, then both at each budget."""
    branches = through_every_branch(read_image(SAMPLE / "GT" / f"{SPENT}.png"), runner)
    height, width = branches.tiling.covered
    photograph = branches.lr[:height, :width]
    rows, columns = (
        slice(start, start + HEIGHT * length // height // branches.scale)
        for start, length in zip(PLACE, (height, width), strict=True)
    )
    part = (rows, columns)
    of_result = tuple(slice(branches.scale * s.start, branches.scale * s.stop) for s in part)
    framed = shrunk(outlined(photograph, part), height=HEIGHT)
    enlarged = imresize(photograph[part], scale=branches.scale)
    yield Panel(framed, f"{short(SPENT)}, and a part of it"), Panel(enlarged, "bicubic")
    for budget in BUDGETS:
        classes = build_router(budget, runner, cost)(branches.logits)
        result = levels(branches.routed(classes))
        yield tinted(branches, classes, cost), Panel(result[of_result], f"budget {budget}")


def tinted(
    branches: EveryBranch, classes: np.ndarray, cost: NetworkCost, *, height: int = HEIGHT
) -> Panel:
    """The photograph under its classes' colours, with their shares and FLOPs."""
    image = class_map(branches.lr, branches.tiling, classes, num_classes=len(CLASSES))
    shares = np.bincount(classes, minlength=len(CLASSES)) / len(classes)
    flops = np.array([branch.paper for branch in cost.branches])
    counted = " / ".join(f"{100 * share:.0f}" for share in shares)
    return Panel(
        shrunk(image, height=height),
        f"{counted}% of tiles\n{shares @ flops / flops[-1]:.0%} of the FLOPs",
    )


def short(name: str) -> str:
    return name.partition("_")[0]


def levels(restored: Restored) -> np.ndarray:
    return np.rint(restored.image).astype(np.uint8)


def pixels(image: np.ndarray) -> np.ndarray:
    """Every pixel as a square."""
    return image.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)


def shrunk(image: np.ndarray, *, height: int) -> np.ndarray:
    return imresize(image, size=(height, round(image.shape[1] * height / image.shape[0])))


def outlined(image: np.ndarray, area: tuple[slice, slice], *, line: int = 4) -> np.ndarray:
    """An image with a white frame around an area of it."""
    framed = image.copy()
    framed[area] = 255
    rows, columns = area
    inside = np.s_[rows.start + line : rows.stop - line, columns.start + line : columns.stop - line]
    framed[inside] = image[inside]
    return framed


def compose(rows: Sequence[Sequence[Panel]], path: Path, *, legend: bool = False) -> None:
    """Write rows of panels, each with its caption below; the legend tells the classes apart."""
    heights = [
        max(p.image.shape[0] + LINE * (1 + p.caption.count("\n")) for p in row) + GAP
        for row in rows
    ]
    widths = [max(p.image.shape[1] for p in column) + GAP for column in zip(*rows, strict=True)]
    height, width = sum(heights) + GAP + LINE * legend, sum(widths) + GAP
    figure = new_figure(width=width / DPI, height=height / DPI)

    def write(text: str, *, x: float, y: float, **how: Any) -> None:
        figure.text(x / width, y / height, text, fontsize=FONT, **how)

    top = height - GAP
    for row, row_height in zip(rows, heights, strict=True):
        left = GAP
        for panel, column in zip(row, widths, strict=True):
            high, wide = panel.image.shape[:2]
            middle = left + (column - GAP) // 2
            figure.figimage(panel.image, xo=middle - wide // 2, yo=top - high)
            for number, line in enumerate(panel.caption.splitlines(), start=1):
                write(line, x=middle, y=top - high - number * LINE + GAP, ha="center")
            left += column
        top -= row_height
    if legend:
        colours = class_colours(len(CLASSES)) / 255
        for place, (name, colour) in enumerate(zip(CLASSES, colours, strict=True)):
            write(f"■ {name}", x=GAP + 110 * place, y=GAP, color=colour)
    figure.savefig(path, dpi=DPI, pil_kwargs={"quality": 85})
    print(f"written to {path}")


if __name__ == "__main__":
    with errors_in_one_line():
        run()
