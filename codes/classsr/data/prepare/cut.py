"""The first step: from photographs or pairs to HR and LR sub-images."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

from classsr.data.manifest import Manifest
from classsr.data.prepare.crops import CropRule
from classsr.data.prepare.layouts import LAYOUTS, Layout, LayoutName
from classsr.data.prepare.resumable import run_on_source
from classsr.data.prepare.sources import Source, SourceItem
from classsr.system.engines import Engine


def cut_set(
    source: Source[SourceItem],
    *,
    out: Path,
    layout: LayoutName,
    crops: CropRule,
    claims: str = "",
    engine: Engine | None = None,
) -> Manifest:
    """Store the sub-images of every item; counts["crops"] tells how many came from which image.

    claims: the published set that this one is meant to equal, a key of PUBLISHED, or "".
    Resumes where an earlier call was stopped; does nothing where one was finished.
    """
    scale = source.options["scale"]
    crops.check(scale)
    return run_on_source(
        partial(_cut_item, layout=LAYOUTS[layout](out, scale, crops)),
        source,
        step="cut",
        unit="crops",
        out=out,
        options={"layout": layout, "crops": asdict(crops)},
        smallest=crops.crop,
        claims=claims,
        engine=engine,
    )


def _cut_item(item: SourceItem, *, layout: Layout) -> dict[str, int]:
    return {name: layout.store(name, lr, hr) for name, lr, hr in item.pairs()}
