"""Figures and axes that a notebook displays without pyplot."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from notmnist.notebook import file_bytes

__all__ = ["ShownAxes", "ShownFigure"]


class ShownAxes(Axes):
    """Axes that a notebook displays as their figure."""

    def _repr_png_(self) -> bytes:
        return file_bytes(self.figure)


class ShownFigure(Figure):
    """A figure that a notebook displays, and that pyplot does not know about."""

    axes_class = ShownAxes

    def _repr_png_(self) -> bytes:
        return file_bytes(self)
