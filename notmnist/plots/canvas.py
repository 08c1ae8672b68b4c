"""Figures that a notebook displays, the colours used in them, and figures as SVG."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

from notmnist.errors import missing_extra

__all__ = ["COLOURS", "MARKERS", "add_axes", "frameless", "new_axes", "new_figure", "svg"]

# The dark colours of Okabe and Ito, "Color universal design", 2008, which the colour-blind can tell
# apart. Line styles and markers do the same in a greyscale print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
MARKERS = ("o", "s", "^", "D", "v")


def new_figure(width: float, height: float) -> Any:
    """Return a matplotlib `Figure` of a size in inches.

    A notebook displays it. In a notebook or an interactive session that has imported pyplot, it is
    a pyplot figure, and pyplot displays it.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from notmnist.plots.display import ShownFigure
    except ImportError as error:
        raise missing_extra("notmnist.plots", "matplotlib", "plots") from error
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and (pyplot.isinteractive() or "ipykernel" in sys.modules):
        return pyplot.figure(figsize=(width, height), layout="constrained")
    return ShownFigure(figsize=(width, height), layout="constrained")


def add_axes(figure: Any, *place: Any) -> Any:
    """Return new axes in a figure; a notebook displays them if it displays the figure."""
    return figure.add_subplot(*place, axes_class=getattr(figure, "axes_class", None))


def new_axes(ax: Any, width: float = 5.0, height: float = 3.5) -> Any:
    """Return `ax`, or the axes of a new figure if it is None."""
    return add_axes(new_figure(width, height)) if ax is None else ax


def frameless(ax: Any, **legend: Any) -> None:
    """Remove the frame at the top and on the right, and draw the legend, if any, without one."""
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(frameon=False, **legend)


def svg(figure: Any, name: str) -> str:
    """Return a figure as an `<svg>` element for a page: the same text for the same drawing.

    Black parts take the colour of the surrounding text, so that the figure can be read on a dark
    background too. Text stays text.

    Args:
        figure: A matplotlib `Figure`.
        name: A name that makes its ids different from those of other figures on the page.
    """
    import matplotlib

    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    element = buffer.getvalue()
    element = element.partition("<svg")[2].replace("#000000", "currentColor")
    element = re.sub(r'<g id="[^"]*"', "<g", element)  # unused, and the same in every figure
    return f'<svg fill="currentColor"{element.rstrip()}'
