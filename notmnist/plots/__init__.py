"""Pictures of data and results, with matplotlib (`pip install "notmnist[plots]"`).

Every function draws into the `ax` that it is given, or into a new figure of its own, and returns
the `Axes`, or the `Figure` where it draws several. None of them touches `pyplot` or another global
state: `axes.figure.savefig("name.pdf")` writes what is drawn.
"""

from __future__ import annotations

from notmnist.errors import MissingExtraError
from notmnist.plots.counts import class_counts, confusion_matrix
from notmnist.plots.curves import calibration, learning_curves, score_histograms
from notmnist.plots.graph import model_graph
from notmnist.plots.images import mistakes, sample_sheet
from notmnist.plots.summaries import evaluation, out_of_distribution

__all__ = [
    "MissingExtraError",
    "calibration",
    "class_counts",
    "confusion_matrix",
    "evaluation",
    "learning_curves",
    "mistakes",
    "model_graph",
    "out_of_distribution",
    "sample_sheet",
    "score_histograms",
]
