"""Tables in Markdown and CSV, and figures as they stand in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

DASH = "—"  # where there is no figure


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, text_columns: int = 1) -> str:
    """A table without a line end; the first columns are text, the others are set to the right."""
    rule = "|" + "---|" * text_columns + "---:|" * (len(header) - text_columns)
    return "\n".join([row(header), rule, *(row(cells) for cells in rows)])


def csv_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The same as CSV, at full precision."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue()


def row(cells: Sequence[str]) -> str:
    """One line of a table, for those that are printed as they come."""
    return f"| {' | '.join(cells)} |"


def flops_and_share(flops: float, full: float) -> str:
    """As "311.0 M (66.5%)": FLOPs, and what they are of those of the full network."""
    figure = f"{flops / 1e9:.2f} G" if flops >= 1e9 else f"{flops / 1e6:.1f} M"
    return f"{figure} ({flops / full:.1%})"
