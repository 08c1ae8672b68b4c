"""Figures of several plots that show a whole result."""

from __future__ import annotations

from typing import Any

from notmnist.evaluation.outside import OutOfDistribution
from notmnist.evaluation.report import Evaluation
from notmnist.plots.canvas import add_axes, new_figure
from notmnist.plots.charts import calibration, confusion_matrix, score_histograms
from notmnist.plots.sheets import mistakes

__all__ = ["evaluation", "out_of_distribution"]


def evaluation(result: Evaluation) -> Any:
    """Draw an evaluation: confusion matrix, calibration, the most confident mistakes.

    Args:
        result: What `notmnist.evaluation.evaluate` returns.

    Returns:
        A `Figure`.

    Example:
        >>> test = notmnist.load("open", split="test[:200]", format="numpy", verbose=0)
        >>> result = notmnist.evaluation.evaluate(notmnist.models.logistic(), test)
        >>> len(notmnist.plots.evaluation(result).axes)
        3
    """
    figure = new_figure(10, 7.5)
    grid = figure.add_gridspec(2, 2, height_ratios=[5, 2.2], width_ratios=[5, 4])
    low, high = result.interval
    confusion_matrix(result, ax=add_axes(figure, grid[0, 0]))
    calibration(result, ax=add_axes(figure, grid[0, 1]))
    below = add_axes(figure, grid[1, :])
    below.imshow(mistakes(result, 30, columns=15, scale=4).convert("RGB"))
    below.set_axis_off()
    below.set_title("the most confident mistakes: label → prediction", fontsize=10)
    figure.suptitle(
        f"accuracy {result.accuracy:.2%} (95 %: {low:.2%} to {high:.2%}), "
        f"{len(result.labels):,} examples"
    )
    return figure


def out_of_distribution(result: OutOfDistribution) -> Any:
    """Draw the histograms of all scores of an out-of-distribution test.

    Args:
        result: What `notmnist.evaluation.ood` returns.

    Returns:
        A `Figure`.

    Example:
        >>> import numpy as np
        >>> result = notmnist.evaluation.OutOfDistribution(
        ...     inside={"energy": np.array([3.0, 4.0])}, outside={"energy": np.array([1.0, 3.5])}
        ... )
        >>> len(notmnist.plots.out_of_distribution(result).axes)
        1
    """
    figure = new_figure(10, 5.5)
    grid = figure.add_gridspec(2, 3)
    for place, score in enumerate(result.measures):
        score_histograms(result, score, ax=add_axes(figure, grid[place // 3, place % 3]))
    return figure
