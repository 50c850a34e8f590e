"""Steps that can be killed at any moment; repeating them resumes."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from classsr.data.manifest import FILE_NAME, Manifest, begin
from classsr.data.prepare.sources import Source, SourceItem
from classsr.system.engines import Engine, work_through
from classsr.system.files import remove_partials, write_atomic

_logger = logging.getLogger(__name__)

Item = TypeVar("Item")
FromSource = TypeVar("FromSource", bound=SourceItem)


def run_step(
    work: Callable[[Item], dict[str, int]],
    items: Mapping[str, Item],
    *,
    folder: Path,
    wanted: Manifest,
    unit: str,
    engine: Engine | None,
) -> Manifest:
    """Do `work` once for every item, then complete the manifest; nothing where it is complete.

    work: makes the files of one item and returns how many `unit` it made, by name. It runs again
    for an item in which the step was killed, and must then write the same files again.
    """
    manifest = begin(folder, wanted)
    notes = folder / ".done"
    if not manifest.is_complete:
        remove_partials(folder, below=True)
        once = partial(_once, work=work, notes=notes)
        counts: dict[str, int] = {}
        for made in work_through(list(items.items()), once, label=wanted.step, engine=engine):
            counts |= made
        manifest = manifest.completed(folder, {"total": sum(counts.values()), unit: counts})
    shutil.rmtree(notes, ignore_errors=True)
    return manifest


def run_on_source(
    work: Callable[[FromSource], dict[str, int]],
    source: Source[FromSource],
    *,
    step: str,
    unit: str,
    out: Path,
    smallest: int,
    engine: Engine | None,
    options: Mapping[str, object] = MappingProxyType({}),
    claims: str = "",
) -> Manifest:
    """Do `work` for every item (see `run_step`); where the step is new, the items are checked.

    smallest: see `check_image`; claims: a key of PUBLISHED, or "".
    """
    inputs = source.checksums(engine)
    if not (out / FILE_NAME).is_file():
        for notice in source.check(smallest=smallest, engine=engine):
            _logger.warning(notice)
    wanted = Manifest(
        step=step,
        source=source.folders,
        options={**source.options, **options},
        inputs=inputs,
        counts={},
        claims=claims,
    )
    return run_step(work, source.items, folder=out, wanted=wanted, unit=unit, engine=engine)


def _once(
    item: tuple[str, Item], *, work: Callable[[Item], dict[str, int]], notes: Path
) -> dict[str, int]:
    """Do the work unless a note says that it is done; the note holds what the work returned."""
    name, content = item
    note = notes / f"{name}.json"
    if note.is_file():
        return json.loads(note.read_text())
    made = work(content)
    write_atomic(note, json.dumps(made).encode())
    return made
