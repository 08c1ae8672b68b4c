"""Curves: learning, calibration, and the distributions of out-of-distribution scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from notmnist.errors import invalid, one_of
from notmnist.evaluation.calibration import Calibration
from notmnist.evaluation.outside import OutOfDistribution
from notmnist.evaluation.report import Evaluation
from notmnist.plots.canvas import COLOURS, LINES, MARKERS, new_axes

__all__ = ["calibration", "learning_curves", "score_histograms"]


def learning_curves(
    history: Any, metric: str = "accuracy", *, xlabel: str = "epoch", ax: Any = None
) -> Any:
    """Draw a metric and its value on the validation data against epochs.

    Args:
        history: What `fit` returns, or its `history`, a dict of lists; or by each run's name one of
            these, at most five runs. A run's validation is drawn in the run's colour, dashed.
        metric: The metric's name, such as "accuracy" or "loss".
        xlabel: What the values were taken at.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: A history lacks the metric, or there are no or more than five histories.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> plain = {"loss": [2.0, 1.0], "val_loss": [2.2, 1.5]}
        >>> runs = {"plain": plain, "L2": {"loss": [2.1, 1.2]}}
        >>> axes = notmnist.plots.learning_curves(runs, "loss")
        >>> [line.get_label() for line in axes.lines]
        ['plain training', 'plain validation', 'L2 training']
    """
    runs = _runs(history)
    if not 0 < len(runs) <= len(COLOURS):
        raise invalid("history", list(runs), f"hold one to {len(COLOURS)} runs")
    for run in runs.values():
        if metric not in run:
            raise invalid("metric", metric, one_of(run))
    ax = new_axes(ax)
    for number, (name, run) in enumerate(runs.items()):
        for key, line in ((metric, "-"), (f"val_{metric}", "--")):
            if key not in run:
                continue
            side = "validation" if key.startswith("val_") else "training"
            steps = np.arange(1, len(run[key]) + 1)
            ax.plot(
                steps, run[key], line, color=COLOURS[number], marker=MARKERS[number], markersize=3,
                markevery=max(1, len(steps) // 10), label=f"{name} {side}".strip(),
            )  # fmt: skip
    ax.set_xlabel(xlabel)
    ax.set_ylabel(metric)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return ax


def calibration(result: Evaluation | Calibration, *, ax: Any = None) -> Any:
    """Draw the share of right predictions against confidence, with the share of examples a bin.

    Args:
        result: What `notmnist.evaluation.evaluate` gives, or its `calibration`.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`. On the grey diagonal a classifier is right as often as it says.

    Raises:
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> test = notmnist.load("open", split="test[:200]", format="numpy", verbose=0)
        >>> result = notmnist.evaluation.evaluate(notmnist.models.logistic(), test)
        >>> notmnist.plots.calibration(result).get_xlabel()
        'confidence'
    """
    bins = result.calibration if isinstance(result, Evaluation) else result
    ax = new_axes(ax, 4, 4)
    ax.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle=":")
    width = np.diff(bins.edges)
    ax.bar(
        bins.edges[:-1], bins.count / bins.count.sum(), width, align="edge", color="#CCCCCC",
        edgecolor="white", label="share of examples",
    )  # fmt: skip
    full = bins.count > 0
    ax.plot(bins.confidence[full], bins.accuracy[full], "-o", color=COLOURS[0], label="accuracy")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("confidence")
    ax.set_title(f"calibration error {bins.error:.2%}", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="upper left")
    return ax


def score_histograms(result: OutOfDistribution, score: str = "energy", *, ax: Any = None) -> Any:
    """Draw how a score is distributed inside and outside.

    Args:
        result: What `notmnist.evaluation.ood` gives.
        score: The score's name.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: `score` is none of the result's.
        MissingExtraError: matplotlib is not installed.

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
    both = np.concatenate(list(sides.values()))
    # a long tail would squeeze all else into one bar; what lies beyond goes into the last bars
    low, high = np.percentile(both, [0.5, 99.5])
    edges = np.linspace(low, high if high > low else low + 1, 41)
    for number, (name, values) in enumerate(sides.items()):
        shares, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
        shares = shares / len(values)
        ax.stairs(shares, edges, color=COLOURS[number], alpha=0.25, fill=True)
        ax.stairs(
            shares, edges, color=COLOURS[number], linestyle=LINES[number], linewidth=1.5, label=name
        )
    ax.set_xlabel("log max_softmax" if score == "max_softmax" else score)
    ax.set_ylabel("share of images")
    ax.set_title(f"AUROC {result.measures[score]['auroc']:.2%}", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return ax


def _runs(history: Any) -> dict[str, Mapping[str, Any]]:
    """Return by each run's name its dict of lists; one run without a name where there is one."""
    history = getattr(history, "history", history)
    if not isinstance(history, Mapping):
        raise invalid("history", history, "be what fit returns, or a dict of lists")
    runs: dict[str, Any] = {name: getattr(run, "history", run) for name, run in history.items()}
    several = all(isinstance(run, Mapping) for run in runs.values())
    return runs if several else {"": history}
