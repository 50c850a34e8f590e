"""The first step: from photographs or pairs to HR and LR sub-images."""

from __future__ import annotations

import logging
from dataclasses import asdict
from functools import partial
from pathlib import Path

from classsr.data.manifest import FILE_NAME, Manifest
from classsr.data.prepare.crops import CropRule
from classsr.data.prepare.layouts import LAYOUTS, Layout, LayoutName
from classsr.data.prepare.resumable import run_step
from classsr.data.prepare.sources import Source, SourceItem
from classsr.system.engines import Engine

_logger = logging.getLogger(__name__)


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
    Goes on where an earlier call was stopped and does nothing where one was finished.
    """
    scale = source.options["scale"]
    crops.check(scale)
    return run_step(
        partial(_cut_item, layout=LAYOUTS[layout](out, scale, crops)),
        source.items,
        folder=out,
        wanted=checked_plan(
            source,
            step="cut",
            out=out,
            options={"layout": layout, "crops": asdict(crops)},
            smallest=crops.crop,
            claims=claims,
            engine=engine,
        ),
        unit="crops",
        engine=engine,
    )


def checked_plan(
    source: Source[SourceItem],
    *,
    step: str,
    out: Path,
    options: dict[str, object],
    smallest: int,
    claims: str,
    engine: Engine | None,
) -> Manifest:
    """The manifest of a step on a source, whose items are checked where the step is new."""
    inputs = source.checksums(engine)
    if not (out / FILE_NAME).is_file():
        for notice in source.check(smallest=smallest, engine=engine):
            _logger.warning(notice)
    return Manifest(
        step=step,
        source=source.folders,
        options=source.options | options,
        inputs=inputs,
        counts={},
        claims=claims,
    )


def _cut_item(item: SourceItem, *, layout: Layout) -> dict[str, int]:
    return {name: layout.store(name, lr, hr) for name, lr, hr in item.pairs()}
