"""Measure the cost of `WeightImages(every=100)`: the same fit with and without it, in turns.

    python benchmarks/callback_cost.py [--quick]

For each setting, prints the milliseconds per step without pictures. Then prints, for each place,
the share of the fit spent in the callback's own methods, which hardly depends on other load, and
how much longer the fit took, which needs a quiet machine. Everything within `fit` counts, including
the final rewrite of the file.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
from measure import Row, at_most, options, ratios, spread

import notmnist

QUESTION = "Callbacks"
ASKED, BAR = ("mlp", 1, "gif"), 3  # percent
SETTINGS = [("logistic", 1, 1500), ("logistic", 50, 3000), ("mlp", 1, 500), ("mlp", 50, 500)]
"""Model, steps_per_execution, and the number of steps in one fit."""

PLACES = {"gif": "weights.gif", "folder": "weights"}

HOOKS = [
    "on_train_begin",
    "on_epoch_begin",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_epoch_end",
    "on_train_end",
]


def timed(callback: Any) -> Any:
    """Make the callback add up the time that its methods take, in its attribute `spent`."""
    callback.spent = 0.0

    def wrap(method: Any) -> Any:
        def hook(*arguments: Any, **named: Any) -> None:
            begun = time.perf_counter()
            method(*arguments, **named)
            callback.spent += time.perf_counter() - begun

        return hook

    for name in HOOKS:
        setattr(callback, name, wrap(getattr(callback, name)))
    return callback


def fit(model: Any, data: Any, steps: int, callbacks: Sequence[Any]) -> float:
    begun = time.perf_counter()
    model.fit(data, steps_per_epoch=steps, epochs=1, verbose=0, callbacks=list(callbacks))
    return time.perf_counter() - begun


def measure(name: str, execution: int, steps: int, places: Sequence[str], turns: int) -> list[Row]:
    model = getattr(notmnist.models, name)(l2=0.0025)
    if keras.backend.backend() == "torch" and execution > 1:
        return []
    model.compile("sgd", model.loss, metrics=["accuracy"], steps_per_execution=execution)
    data = notmnist.load("open", repeat=True, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        fit(model, data, steps // 2, [pictures(folder, places[0])])
        bare: list[float] = []
        between: dict[str, list[float]] = {place: [] for place in places}
        shares: dict[str, list[float]] = {place: [] for place in places}
        for _ in range(turns):
            bare.append(fit(model, data, steps, []))
            for place in places:
                callback = timed(pictures(folder, place))
                between[place].append(fit(model, data, steps, [callback]))
                shares[place].append(100 * callback.spent / between[place][-1])
    about = f"`{name}`, steps_per_execution={execution}"
    step = [1000 * seconds / steps for seconds in bare]
    rows = [Row(QUESTION, f"{about}: ms per step without pictures", spread(step, "{:.2f}"))]
    for place in places:
        more = [100 * (value - 1) for value in ratios(between[place], bare)]
        asked = (name, execution, place) == ASKED
        rows.append(
            Row(QUESTION, f"{about}, {place}: share of the fit spent in the callback",
                spread(shares[place], "{:.1f}", " %"), f"≤ {BAR} %" if asked else "",
                at_most(shares[place], BAR) if asked else None,
                f"the fit took longer by {spread(more, '{:+.1f}', ' %')}")
        )  # fmt: skip
    return rows


def pictures(folder: str, place: str) -> Any:
    return notmnist.callbacks.WeightImages(Path(folder) / PLACES[place], every=100)


def main() -> None:
    with options(__doc__ or "") as (given, rows):
        settings = [SETTINGS[2]] if given.quick else SETTINGS
        for setting in settings:
            rows += measure(*setting, places=["gif", "folder"], turns=given.turns)


if __name__ == "__main__":
    main()
