"""Pictures of data and results.

Sheets of images are drawn with Pillow: `sample_sheet`, `class_sheet`, `mistakes` and `copies_sheet`
return a `PIL.Image.Image`. All other functions draw with matplotlib
(`pip install "notmnist[plots]"`) into the `ax` that they are given, or into a new figure of their
own, and return the `Axes`, or the `Figure` where they draw several. None of them touches `pyplot`
or another global state: `axes.figure.savefig("name.pdf")` writes what is drawn.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from notmnist.errors import MissingExtraError

if TYPE_CHECKING:
    from notmnist.plots.charts import (
        calibration,
        class_counts,
        confusion_matrix,
        learning_curves,
        score_histograms,
    )
    from notmnist.plots.graphs import model_graph
    from notmnist.plots.sheets import class_sheet, copies_sheet, mistakes, sample_sheet
    from notmnist.plots.summaries import evaluation, out_of_distribution

__all__ = [
    "MissingExtraError",
    "calibration",
    "class_counts",
    "class_sheet",
    "confusion_matrix",
    "copies_sheet",
    "evaluation",
    "learning_curves",
    "mistakes",
    "model_graph",
    "out_of_distribution",
    "sample_sheet",
    "score_histograms",
]

_PLACES = {
    "charts": (
        "calibration",
        "class_counts",
        "confusion_matrix",
        "learning_curves",
        "score_histograms",
    ),
    "graphs": ("model_graph",),
    "sheets": ("class_sheet", "copies_sheet", "mistakes", "sample_sheet"),
    "summaries": ("evaluation", "out_of_distribution"),
}

if not TYPE_CHECKING:  # or a type checker would take every name for granted

    def __getattr__(name: str) -> Any:
        """Import a function when it is first asked for (PEP 562): sheets need no matplotlib."""
        for module, names in _PLACES.items():
            if name in names:
                return getattr(importlib.import_module(f"notmnist.plots.{module}"), name)
        raise AttributeError(f"module 'notmnist.plots' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
