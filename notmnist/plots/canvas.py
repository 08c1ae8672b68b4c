"""What all plots share: axes without global state, colours, and the error without matplotlib."""

from __future__ import annotations

from typing import Any

from notmnist.errors import missing_extra

__all__ = ["COLOURS", "LINES", "MARKERS", "new_axes", "new_figure"]

# Okabe and Ito, "Color universal design", 2008, the dark ones: told apart by the colour-blind. Line
# styles and markers tell the same apart in a grey print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")


def new_figure(width: float, height: float) -> Any:
    """Return a matplotlib `Figure` that pyplot does not know of.

    Args:
        width: In inches.
        height: In inches.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("notmnist.plots", "matplotlib", "plots") from error
    return Figure(figsize=(width, height), layout="constrained")


def new_axes(ax: Any, width: float = 5.0, height: float = 3.5) -> Any:
    """Return `ax`, or the axes of a new figure where it is None."""
    return new_figure(width, height).add_subplot() if ax is None else ax
