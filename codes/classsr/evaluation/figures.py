"""Figures of matplotlib, which is not installed everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classsr.errors import ClassSRError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_drawing() -> None:
    """Raise ClassSRError where matplotlib is not installed; before a long computation."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise ClassSRError(f"cannot draw ({error}); run: pip install matplotlib") from error


def new_figure(*, width: float, height: float) -> Figure:
    """An empty figure, sides in inches, that needs no screen and no closing.

    Raises ClassSRError where matplotlib is not installed.
    """
    check_drawing()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
