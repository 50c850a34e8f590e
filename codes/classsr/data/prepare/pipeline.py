"""All steps from photographs to a classed training set, and a report on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from classsr.data.manifest import Manifest, load_complete
from classsr.data.prepare.crops import CropRule
from classsr.data.prepare.cut import cut_set
from classsr.data.prepare.layouts import LayoutName
from classsr.data.prepare.restorers import bicubic_restorer
from classsr.data.prepare.score import score_by_log, score_set
from classsr.data.prepare.sources import Source, SourceItem
from classsr.data.prepare.split import CLASS_NAMES, split
from classsr.errors import ClassSRError
from classsr.system.engines import Engine
from classsr.system.files import write_atomic


def prepare(
    source: Source[SourceItem],
    *,
    out: Path,
    layout: LayoutName,
    crops: CropRule,
    checkpoint: Path | None = None,
    log: Path | None = None,
    thresholds: Sequence[float] | None = None,
    claims: str = "",
    engine: Engine | None = None,
) -> str:
    """Cut, score and split; returns the report, which is also written to out/report.md.

    The scores are those of a network (checkpoint), of a split log, or else of bicubic.
    """
    cut_set(source, out=out, layout=layout, crops=crops, claims=claims, engine=engine)
    if log is not None:
        score_by_log(out, log=log)
    else:
        score_by(out, checkpoint=checkpoint, engine=engine)
    split(out, thresholds=thresholds, claims=claims if log is not None else "")
    text = report(out)
    write_atomic(out / "report.md", text.encode())
    return text


def score_by(folder: Path, *, checkpoint: Path | None, engine: Engine | None = None) -> Manifest:
    """Score by the network of a checkpoint, or by bicubic where there is none."""
    scale = load_complete(folder).options["scale"]
    if checkpoint is None:
        make_restorer = partial(bicubic_restorer, scale)
        return score_set(folder, make_restorer=make_restorer, checkpoint=None, engine=engine)
    # Imported here because loading Paddle takes seconds, which scoring by bicubic can do without.
    from classsr.data.prepare.network_restorer import network_restorer, network_scale
    from classsr.system.device import has_gpu

    found = network_scale(checkpoint)
    if found != scale:
        raise ClassSRError(f"{checkpoint}: enlarges {found} times, {folder} needs {scale}")
    return score_set(
        folder,
        make_restorer=partial(network_restorer, checkpoint),
        checkpoint=checkpoint,
        engine=None if has_gpu() else engine,
    )


def report(folder: Path) -> str:
    """What a classed set holds, as Markdown."""
    made = load_complete(folder)
    scored = load_complete(folder / "scores")
    classes = load_complete(folder / "classes").counts
    rows = []
    for name in CLASS_NAMES:
        lowest = classes[f"{name}_from_db"]
        share = classes[name] / max(classes["total"], 1)
        rows.append(
            f"| {name} | {classes[name]:,} | {share:.1%} | "
            f"{'' if lowest is None else f'{lowest:.2f}'} |"
        )
    options = "\n".join(
        f"- {key}: {_in_words(value)}" for key, value in made.options.items() if value is not None
    )
    return (
        "# Training set\n\n"
        f"{classes['total']:,} sub-images from {len(made.inputs)} files, "
        f"scored by {scored.options['by']}.\n\n"
        "| class | sub-images | share | PSNR from, dB |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + f"\n\n{options}\n"
    )


def _in_words(option: Any) -> str:
    if isinstance(option, Mapping):
        return ", ".join(f"{key} {value}" for key, value in option.items())
    return ", ".join(map(str, option)) if isinstance(option, (list, tuple)) else str(option)
