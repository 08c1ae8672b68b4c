"""Charts: class counts, confusion, learning, calibration, out-of-distribution scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import CLASS_NAMES
from notmnist.errors import invalid, one_of
from notmnist.evaluation.calibration import Calibration
from notmnist.evaluation.outside import OutOfDistribution
from notmnist.evaluation.report import Evaluation
from notmnist.plots.canvas import COLOURS, MARKERS, frameless, new_axes

__all__ = [
    "calibration",
    "class_counts",
    "confusion_matrix",
    "learning_curves",
    "score_histograms",
]

_HATCHES = ("", "///", "\\\\\\", "xxx", "|||")


def class_counts(
    counts: Mapping[str, Any] | Sequence[int] | npt.NDArray[Any],
    class_names: Sequence[str] = CLASS_NAMES,
    *,
    ax: Any = None,
) -> Any:
    """Draw how many examples each class has, in one or several splits.

    Args:
        counts: A count for each class, or a dict of such counts by the name of a split.
        class_names: The name of each class.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: There is not one count for each class, or there are more than five splits.

    Example:
        >>> info = notmnist.datasets.info("open", verbose=0)
        >>> axes = notmnist.plots.class_counts(info.class_counts)
        >>> axes.get_ylabel(), len(axes.patches)
        ('examples', 30)
    """
    table = dict(counts) if isinstance(counts, Mapping) else {"": counts}
    rows = {name: np.asarray(row) for name, row in table.items()}
    if not 0 < len(rows) <= len(COLOURS):
        raise invalid("counts", list(rows), f"have one to {len(COLOURS)} splits")
    for row in rows.values():
        if row.shape != (len(class_names),):
            raise invalid("counts", row.shape, f"have {len(class_names)} counts, one per class")
    ax = new_axes(ax)
    places, width = np.arange(len(class_names)), 0.8 / len(rows)
    for number, (name, row) in enumerate(rows.items()):
        middle = places - 0.4 + (number + 0.5) * width
        style = {"color": COLOURS[number], "hatch": _HATCHES[number], "edgecolor": "white"}
        ax.bar(middle, row, width, label=name or None, linewidth=0.5, **style)
    ax.set_xticks(places, class_names)
    ax.set_ylabel("examples")
    ax.margins(y=0.2 if len(rows) > 1 else 0.05)
    frameless(ax, ncols=len(rows), loc="upper center")
    return ax


def confusion_matrix(
    matrix: Evaluation | npt.NDArray[Any],
    class_names: Sequence[str] | None = None,
    *,
    ax: Any = None,
) -> Any:
    """Draw a confusion matrix: counts in the cells, shares of the label's examples as shades.

    Args:
        matrix: What `notmnist.evaluation.evaluate` returns, or counts, an integer array of shape
            `(classes, classes)`: rows are labels, columns are predictions.
        class_names: The name of each class; None for those of the evaluation, or A to J.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: `matrix` is not square, or does not match `class_names`.

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
    from matplotlib.colors import to_rgba_array

    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    shades = np.sqrt(shares)  # the root makes rare mistakes visible
    cells = to_rgba_array(COLOURS[0], shades.ravel()).reshape(*shares.shape, 4)
    ax.imshow(cells, interpolation="none")
    for y, x in zip(*counts.nonzero(), strict=True):
        colour = "white" if shares[y, x] > 0.6 else "black"
        ax.text(x, y, str(counts[y, x]), color=colour, fontsize=8, ha="center", va="center")
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel("predicted")
    ax.set_ylabel("label")
    ax.tick_params(length=0)
    return ax


def learning_curves(
    history: Any,
    metric: str = "accuracy",
    *,
    steps: str | None = None,
    ax: Any = None,
) -> Any:
    """Draw how a metric changes during training, for one run or several.

    Args:
        history: What `fit` returns, or its `history`, a dict of lists. Or a dict of up to five
            runs by name. A run can be a list of histories, one per seed: the line is their mean,
            and a band reaches from the lowest to the highest.
        metric: The metric's name, such as "accuracy" or "loss". If a history also has this name
            with `val_` before it, that is drawn dashed in the run's colour.
        steps: The key in each history for the positions of the values; None to count 1, 2, 3.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: A history lacks `metric` or `steps`, the histories of a run differ in length,
            or there are no runs or more than five.

    Example:
        >>> plain = {"loss": [2.0, 1.0], "val_loss": [2.2, 1.5]}
        >>> runs = {"plain": plain, "L2": [{"loss": [2.1, 1.2]}, {"loss": [2.3, 1.0]}]}
        >>> axes = notmnist.plots.learning_curves(runs, "loss")
        >>> [line.get_label() for line in axes.lines]
        ['plain training', 'plain validation', 'L2 training']
    """
    runs = _runs(history)
    if not 0 < len(runs) <= len(COLOURS):
        raise invalid("history", list(runs), f"have one to {len(COLOURS)} runs")
    for run in (run for repeats in runs.values() for run in repeats):
        if metric not in run:
            raise invalid("metric", metric, one_of(run))
        if steps is not None and steps not in run:
            raise invalid("steps", steps, f"be None or {one_of(run).removeprefix('be ')}")
    ax = new_axes(ax)
    sides = {metric: ("training", "-"), f"val_{metric}": ("validation", "--")}
    validated = any(f"val_{metric}" in repeats[0] for repeats in runs.values())
    for number, (name, repeats) in enumerate(runs.items()):
        for key, (side, line) in sides.items():
            if key not in repeats[0]:
                continue
            values = _repeated(repeats, key)
            places = np.arange(1, values.shape[1] + 1) if steps is None else repeats[0][steps]
            label = f"{name} {side}".strip() if validated or not name else name
            style = {"color": COLOURS[number], "marker": MARKERS[number], "linestyle": line}
            every = max(1, values.shape[1] // 10)
            ax.plot(places, values.mean(0), label=label, markersize=3, markevery=every, **style)
            if len(values) > 1:
                low, high = values.min(0), values.max(0)
                ax.fill_between(places, low, high, color=COLOURS[number], alpha=0.15, linewidth=0)
    ax.set_xlabel("epoch" if steps is None else "step")
    ax.set_ylabel(metric)
    frameless(ax)
    return ax


def calibration(result: Evaluation | Calibration, *, ax: Any = None) -> Any:
    """Draw accuracy against confidence, and the share of the examples in each bin.

    Args:
        result: What `notmnist.evaluation.evaluate` returns, or its `calibration`.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`. On the grey diagonal, confidence equals accuracy.

    Example:
        >>> test = notmnist.load("open", split="test[:200]", format="numpy", verbose=0)
        >>> result = notmnist.evaluation.evaluate(notmnist.models.logistic(), test)
        >>> notmnist.plots.calibration(result).get_xlabel()
        'confidence'
    """
    bins = result.calibration if isinstance(result, Evaluation) else result
    ax = new_axes(ax, 4, 4)
    ax.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle=":")
    style = {"align": "edge", "color": "#CCCCCC", "edgecolor": "white"}
    shares, widths = bins.count / bins.count.sum(), np.diff(bins.edges)
    ax.bar(bins.edges[:-1], shares, widths, label="share of examples", **style)
    full = bins.count > 0
    ax.plot(bins.confidence[full], bins.accuracy[full], "-o", color=COLOURS[0], label="accuracy")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("confidence")
    ax.set_title(f"calibration error {bins.error:.2%}", fontsize=10)
    frameless(ax, loc="upper left")
    return ax


def score_histograms(result: OutOfDistribution, score: str = "energy", *, ax: Any = None) -> Any:
    """Draw the distributions of a score for the images inside and outside.

    Args:
        result: What `notmnist.evaluation.ood` returns.
        score: The score's name.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: The result has no such score.

    Example:
        >>> result = notmnist.evaluation.OutOfDistribution(
        ...     inside={"energy": np.array([3.0, 4.0])}, outside={"energy": np.array([1.0, 3.5])}
        ... )
        >>> notmnist.plots.score_histograms(result).get_xlabel()
        'energy'
    """
    if score not in result.measures:
        raise invalid("score", score, one_of(result.measures))
    ax = new_axes(ax, 4, 3)
    sides = {"inside": result.inside[score], "outside": result.outside[score]}
    # a long tail would squeeze all else into one bar, so outliers go into the last bars
    low, high = np.percentile(np.concatenate(list(sides.values())), [0.5, 99.5])
    edges = np.linspace(low, high if high > low else low + 1, 41)
    for (name, values), colour, line in zip(sides.items(), COLOURS, ("-", "--"), strict=False):
        counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
        shares = counts / len(values)
        ax.stairs(shares, edges, color=colour, alpha=0.25, fill=True)
        ax.stairs(shares, edges, color=colour, linestyle=line, linewidth=1.5, label=name)
    ax.set_xlabel("log max_softmax" if score == "max_softmax" else score)
    ax.set_ylabel("share of images")
    ax.set_title(f"AUROC {result.measures[score]['auroc']:.2%}", fontsize=10)
    frameless(ax)
    return ax


def _runs(history: Any) -> dict[str, list[Mapping[str, Any]]]:
    """Return the histories of each run by its name; a single run without a name is called ""."""
    history = getattr(history, "history", history)
    if not isinstance(history, Mapping):
        raise invalid("history", history, "be what fit returns, or a dict of lists")
    runs: dict[str, list[Any]] = {}
    for name, run in history.items():
        repeats = run if isinstance(run, (list, tuple)) else [run]
        runs[name] = [getattr(each, "history", each) for each in repeats]
        if not repeats or not all(isinstance(each, Mapping) for each in runs[name]):
            return {"": [history]}
    return runs


def _repeated(repeats: Sequence[Mapping[str, Any]], key: str) -> npt.NDArray[np.float64]:
    """Return a metric of a run's histories: float64, (histories, positions)."""
    lengths = [len(run[key]) for run in repeats]
    if len(set(lengths)) > 1:
        raise invalid("history", lengths, f"have runs with histories of equal length, in {key!r}")
    return np.asarray([run[key] for run in repeats], np.float64)
