"""Sets of whole images: photographs at several sizes, and GT with LR for testing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from classsr.data.manifest import Manifest
from classsr.data.prepare.crops import CropRule
from classsr.data.prepare.resumable import run_on_source
from classsr.data.prepare.sources import Photograph, Source, SourceItem
from classsr.images.rgb import write_image
from classsr.system.engines import Engine


def make_scales(source: Source[Photograph], *, out: Path, engine: Engine | None = None) -> Manifest:
    """Write every photograph of a source at every factor, as PNG: `0001.png`, `0.9_0001.png`."""
    return run_on_source(
        partial(_write_scales, out=out),
        source,
        step="scales",
        unit="images",
        out=out,
        smallest=1,
        engine=engine,
    )


def make_pairs(
    source: Source[SourceItem], *, out: Path, claims: str = "", engine: Engine | None = None
) -> Manifest:
    """Write the GT and LR of every item, as PNG in out/GT and out/LR_x<scale>.

    counts["tiles"] tells how many tiles of 32 LR pixels every 28 the paper's protocol cuts from
    each. claims: the published set that this one is meant to equal, a key of PUBLISHED, or "".
    """
    scale = source.options["scale"]
    return run_on_source(
        partial(_write_pairs, gt=out / "GT", lr=lr_folder(out, scale)),
        source,
        step="pairs",
        unit="tiles",
        out=out,
        smallest=scale,
        claims=claims,
        engine=engine,
    )


def lr_folder(out: Path, scale: int) -> Path:
    """Where a set of pairs keeps the LR images."""
    return out / f"LR_x{scale}"


# What remains beside the last tile is dropped: it is always narrower than the step.
_PAPER_TILES = CropRule(crop=32, step=28, remainder=28)


def _write_scales(photograph: Photograph, *, out: Path) -> dict[str, int]:
    counts = {}
    for name, image in photograph.scaled():
        write_image(out / f"{name}.png", image)
        counts[name] = 1
    return counts


def _write_pairs(item: SourceItem, *, gt: Path, lr: Path) -> dict[str, int]:
    counts = {}
    for name, lr_image, hr_image in item.pairs():
        write_image(lr / f"{name}.png", lr_image)
        write_image(gt / f"{name}.png", hr_image)
        counts[name] = len(_PAPER_TILES.positions(*lr_image.shape[:2]))
    return counts
