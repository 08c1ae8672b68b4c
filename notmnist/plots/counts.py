"""Counts: of each class in each split, and of each label taken for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import CLASS_NAMES
from notmnist.errors import invalid
from notmnist.evaluation.report import Evaluation
from notmnist.plots.canvas import COLOURS, new_axes

__all__ = ["class_counts", "confusion_matrix"]

_HATCHES = ("", "///", "...", "xxx", "|||")


def class_counts(
    counts: Mapping[str, Any] | Sequence[int] | npt.NDArray[Any],
    class_names: Sequence[str] = CLASS_NAMES,
    *,
    ax: Any = None,
) -> Any:
    """Draw how many examples each class has, in one or several splits.

    Args:
        counts: A count for each class; or by each split's name its counts.
        class_names: The name of each class.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: There are not as many counts as classes, or more than five splits.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> info = notmnist.datasets.info("open", verbose=0)
        >>> axes = notmnist.plots.class_counts(info.class_counts)
        >>> axes.get_ylabel(), len(axes.patches)
        ('examples', 30)
    """
    table = dict(counts) if isinstance(counts, Mapping) else {"": counts}
    rows = {name: np.asarray(row) for name, row in table.items()}
    if not 0 < len(rows) <= len(COLOURS):
        raise invalid("counts", list(rows), f"hold one to {len(COLOURS)} splits")
    for row in rows.values():
        if row.shape != (len(class_names),):
            raise invalid("counts", row.shape, f"hold {len(class_names)} counts, one a class")
    ax = new_axes(ax)
    places, width = np.arange(len(class_names)), 0.8 / len(rows)
    for number, (name, row) in enumerate(rows.items()):
        left = places - 0.4 + (number + 0.5) * width
        ax.bar(
            left, row, width, label=name or None, color=COLOURS[number], hatch=_HATCHES[number],
            edgecolor="white", linewidth=0.5,
        )  # fmt: skip
    ax.set_xticks(places, class_names)
    ax.set_ylabel("examples")
    ax.margins(y=0.2 if len(rows) > 1 else 0.05)
    ax.spines[["top", "right"]].set_visible(False)
    if any(rows):
        ax.legend(ncols=len(rows), frameon=False, loc="upper center")
    return ax


def confusion_matrix(
    matrix: Evaluation | npt.NDArray[Any],
    class_names: Sequence[str] | None = None,
    *,
    ax: Any = None,
) -> Any:
    """Draw a confusion matrix: counts in the cells, shares of the label's examples as shades.

    Args:
        matrix: What `notmnist.evaluation.evaluate` gives, or counts, integer array of shape
            `(classes, classes)`: rows are labels, columns predictions.
        class_names: The name of each class; None for the evaluation's, or A to J.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: `matrix` is not square, or has another size than `class_names`.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> axes = notmnist.plots.confusion_matrix(np.array([[8, 2], [0, 9]]), "AB")
        >>> [text.get_text() for text in axes.texts]
        ['8', '2', '9']
    """
    if isinstance(matrix, Evaluation):
        class_names = class_names or matrix.class_names
        matrix = matrix.confusion
    names = list(CLASS_NAMES if class_names is None else class_names)
    counts = np.asarray(matrix)
    if counts.shape != (len(names), len(names)):
        raise invalid("matrix", counts.shape, f"be of shape ({len(names)}, {len(names)})")
    ax = new_axes(ax, 5, 5)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    ax.imshow(np.sqrt(shares), cmap="Greys", vmin=0, vmax=1)  # the root lets few mistakes show
    for label, predicted in np.ndindex(counts.shape):
        if counts[label, predicted]:
            colour = "white" if shares[label, predicted] > 0.3 else "black"
            ax.text(
                predicted, label, str(counts[label, predicted]), color=colour, fontsize=8,
                ha="center", va="center",
            )  # fmt: skip
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel("predicted")
    ax.set_ylabel("label")
    ax.tick_params(length=0)
    return ax
