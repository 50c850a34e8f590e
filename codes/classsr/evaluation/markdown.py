"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

DASH = "—"  # where there is no figure


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, text_columns: int = 1) -> str:
    """A table without a line end; the first columns are text, the others are set to the right."""
    rule = "|" + "---|" * text_columns + "---:|" * (len(header) - text_columns)
    return "\n".join([_line(header), rule, *(_line(row) for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
