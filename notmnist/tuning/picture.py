"""A picture of accuracy against one setting of a sweep."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import Any

from notmnist.errors import invalid
from notmnist.plots.canvas import COLOURS, LINES, MARKERS, new_axes

__all__ = ["chart"]


def chart(study: Any, setting: str = "l2", ax: Any = None, *, label: str = "") -> Any:
    """Draw the accuracy on valid and test against a setting: a dot a trial, a line of the means.

    Args:
        study: What `tune` returned.
        setting: The setting across. A logarithmic axis where its values span a factor of 20, with
            a place of its own for 0.
        ax: matplotlib's axes to draw into; None for a new figure.
        label: What the lines are called before the split's name.

    Returns:
        The axes.

    Raises:
        ArgumentError: No complete trial has that setting.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> from notmnist.models.recipes import Recipe
        >>> short = Recipe(model="logistic", epochs=1, split="train[:640]")
        >>> study = notmnist.tuning.tune(short, "open", values={"l2": [0.0, 1.0]}, verbose=0)
        >>> chart(study, "l2").get_ylabel()
        'accuracy, %'
    """
    found: dict[str, dict[float, list[float]]] = {
        "valid": defaultdict(list), "test": defaultdict(list),
    }  # fmt: skip
    for trial in study.trials:
        if trial.value is not None and setting in trial.params:
            across = float(trial.params[setting])
            found["valid"][across].append(100 * trial.value)
            found["test"][across].append(100 * trial.user_attrs["test"])
    values = sorted(found["valid"])
    if not values:
        raise invalid("setting", setting, "be a setting of a complete trial of the sweep")
    axes = new_axes(ax)
    start = len(axes.get_legend_handles_labels()[0])  # of what was drawn into it before
    for number, (split, points) in enumerate(found.items()):
        style = (start + number) % len(COLOURS)
        for across, accuracies in points.items():
            axes.plot([across] * len(accuracies), accuracies, MARKERS[style], ms=3,
                      color=COLOURS[style], alpha=0.5)  # fmt: skip
        axes.plot(values, [statistics.mean(points[each]) for each in values], LINES[style],
                  color=COLOURS[style], label=f"{label} {split}".strip())  # fmt: skip
    positive = [value for value in values if value > 0]
    if positive and positive[-1] >= 20 * positive[0]:
        axes.set_xscale("symlog", linthresh=positive[0], linscale=0.5)
        axes.set_xlim(left=-positive[0] / 4 if values[0] == 0 else positive[0])
    axes.set_xlabel({"l2": "λ of keras.regularizers.L2"}.get(setting, setting))
    axes.set_ylabel("accuracy, %")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    return axes
