"""Pictures of data and results.

Sheets of images are drawn with Pillow: `sample_sheet`, `class_sheet`, `mistakes`, `copies_sheet`
and `weights` return a `PIL.Image.Image`. All other functions draw with matplotlib, and raise
`notmnist.MissingExtraError` without it (`pip install "notmnist[plots]"`). They draw into `ax`, or
into a new figure, and return the `Axes`, or the `Figure` if they draw several. A notebook shows
what they return, and `axes.figure.savefig("name.pdf")` writes it. A new figure belongs to pyplot
only in an interactive session that has imported pyplot.
"""

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
from notmnist.plots.weight_sheet import weights

__all__ = [
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
    "weights",
]
