"""Figures that pyplot does not know of, and the colours drawn in them."""

from __future__ import annotations

from typing import Any

from notmnist.errors import missing_extra

__all__ = ["COLOURS", "MARKERS", "frameless", "new_axes", "new_figure"]

# Okabe and Ito, "Color universal design", 2008, the dark ones: told apart by the colour-blind. Line
# styles and markers tell the same apart in a grey print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
MARKERS = ("o", "s", "^", "D", "v")


def new_figure(width: float, height: float) -> Any:
    """Return a matplotlib `Figure` of a size in inches that pyplot does not know of.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("notmnist.plots", "matplotlib", "plots") from error
    return Figure(figsize=(width, height), layout="constrained")


def new_axes(ax: Any, width: float = 5.0, height: float = 3.5) -> Any:
    """Return `ax`, or the axes of a new figure if it is None."""
    return new_figure(width, height).add_subplot() if ax is None else ax


def frameless(ax: Any, **legend: Any) -> None:
    """Remove the frame at the top and on the right, and draw the legend, if any, without one."""
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(frameon=False, **legend)
