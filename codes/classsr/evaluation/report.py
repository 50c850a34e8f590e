"""A test run as Markdown, CSV and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from classsr.evaluation.image_scores import Score, mean_score
from classsr.evaluation.markdown import csv_table, flops_and_share, table
from classsr.system.files import write_atomic


@dataclass(frozen=True)
class SetReport:
    """One data set: a score for each image, and the errors of the others."""

    name: str
    scores: list[Score]
    failed: tuple[str, ...] = ()

    @property
    def mean(self) -> Score:
        """The row below the images."""
        return mean_score(self.scores)


def write_report(folder: Path, *, title: str, about: str, sets: list[SetReport]) -> str:
    """Write report.md, report.csv and report.json; returns the Markdown."""
    text = to_markdown(title=title, about=about, sets=sets)
    write_atomic(folder / "report.md", text.encode())
    write_atomic(folder / "report.csv", to_csv(sets).encode())
    write_atomic(folder / "report.json", to_json(title=title, sets=sets).encode())
    return text


def to_markdown(*, title: str, about: str, sets: list[SetReport]) -> str:
    """One table for all data sets on average, then one for the images of each."""
    averages = [(report.name, report.mean) for report in sets]
    blocks = [f"# {title}", about, _table(averages, heading="data set"), NOTES]
    for report in sets:
        rows = [*((score.name, score) for score in report.scores), ("**average**", report.mean)]
        blocks += [f"## {report.name}", _table(rows, heading="image")]
        blocks += [f"Left out: {error}" for error in report.failed]
    return "\n\n".join(blocks) + "\n"


NOTES = (
    "PSNR and SSIM on RGB unless marked Y; gain: PSNR above bicubic interpolation. "
    "FLOPs for each tile, and as a share of the widest branch on every tile: paper counts the "
    "branches alone, exact also the classifier, the overlap of the tiles, and only the "
    "multiplications that a deconvolution needs."
)

COLUMNS = (
    "PSNR", "gain", "PSNR Y", "SSIM", "SSIM Y", "tiles by class", "FLOPs (paper)",
    "FLOPs (exact)", "seconds",
)  # fmt: skip


def _table(rows: list[tuple[str, Score]], *, heading: str) -> str:
    return table((heading, *COLUMNS), [(name, *_cells(score)) for name, score in rows])


def _cells(score: Score) -> tuple[str, ...]:
    return (
        f"{score.psnr:.2f}",
        f"{score.psnr - score.bicubic:+.2f}",
        f"{score.psnr_y:.2f}",
        f"{score.ssim:.4f}",
        f"{score.ssim_y:.4f}",
        " / ".join(str(count) for count in score.tiles),
        flops_and_share(score.flops.paper, score.full.paper),
        flops_and_share(score.flops.exact, score.full.exact),
        f"{score.seconds:.1f}",
    )


def _record(score: Score) -> dict[str, float | str | list[float]]:
    return {
        "name": score.name,
        "psnr": score.psnr,
        "psnr_y": score.psnr_y,
        "ssim": score.ssim,
        "ssim_y": score.ssim_y,
        "bicubic_psnr": score.bicubic,
        "tiles": list(score.tiles),
        "flops_paper": score.flops.paper,
        "flops_paper_share": score.flops.paper / score.full.paper,
        "flops_exact": score.flops.exact,
        "flops_exact_share": score.flops.exact / score.full.exact,
        "seconds": score.seconds,
    }


def to_csv(sets: list[SetReport]) -> str:
    """One row for each image and one named "average" for each data set."""
    rows: list[dict[str, object]] = []
    for report in sets:
        for score in (*report.scores, report.mean):
            record = _record(score)
            del record["tiles"]
            tiles = {f"tiles_class{i + 1}": n for i, n in enumerate(score.tiles)}
            rows.append({"dataset": report.name, **record, **tiles})
    return csv_table(list(rows[0]), [list(row.values()) for row in rows])


def to_json(*, title: str, sets: list[SetReport]) -> str:
    """All figures at full precision."""
    content = {
        "title": title,
        "datasets": [
            {
                "name": report.name,
                "images": [_record(score) for score in report.scores],
                "average": _record(report.mean),
                "failed": list(report.failed),
            }
            for report in sets
        ],
    }
    return json.dumps(content, indent=1) + "\n"
