"""A run of `upscale` as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from classsr.inference.pictures.attempt import Outcome
from classsr.inference.pictures.jobs import Job
from classsr.inference.usage import figures, total
from classsr.models.cost import NetworkCost


def to_json(about: dict[str, Any], outcomes: Iterable[Outcome], cost: NetworkCost | None) -> bytes:
    """What ran, what became of each picture, and the sum over those that were upscaled.

    cost: of the network; None where nothing was upscaled.
    Names that are no UTF-8 are escaped as JSON knows it.
    """
    outcomes = list(outcomes)
    spent = [(outcome.job, outcome.usage) for outcome in outcomes if outcome.usage]
    content = {
        **about,
        "pictures": [{**_files(job), **figures(usage, cost)} for job, usage in spent if cost],
        "skipped": [_files(o.job) for o in outcomes if o.usage is None and o.error is None],
        "failed": [{**_files(o.job), "error": o.error} for o in outcomes if o.error is not None],
        "total": figures(total(usage for _, usage in spent), cost) if spent and cost else None,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace")


def _files(job: Job) -> dict[str, str]:
    return {"source": str(job.source), "target": str(job.target)}
