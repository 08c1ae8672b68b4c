"""What `WeightImages(every=100)` costs: the same fit with and without it, turn and turn about.

    python benchmarks/callback_cost.py [--to gif folder webp png] [--turns 5]

One line a setting: milliseconds a step without pictures, then for each place two medians over the
turns, in percent: the share of the fit spent in the callback's own methods, which a busy machine
hardly changes, and (time with pictures / time without − 1), which needs a quiet one. Everything
that happens within `fit` counts, the last pass over the colours included.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

import notmnist

SETTINGS = [("logistic", 1, 3000), ("logistic", 50, 6000), ("mlp", 1, 1000), ("mlp", 50, 1000)]
"""Model, steps_per_execution, steps of one fit."""

PLACES = {"gif": "weights.gif", "folder": "weights", "webp": "weights.webp", "png": "weights.png"}


HOOKS = [
    "on_train_begin",
    "on_epoch_begin",
    "on_train_batch_begin",
    "on_epoch_end",
    "on_train_end",
]


def timed(callback: Any) -> Any:
    """Let the callback add up the time that its methods take, as `spent`."""
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


def measure(name: str, execution: int, steps: int, places: Sequence[str], turns: int) -> None:
    model = getattr(notmnist.models, name)(l2=0.0025)
    if keras.backend.backend() == "torch" and execution > 1:
        return
    model.compile("sgd", model.loss, metrics=["accuracy"], steps_per_execution=execution)
    data = notmnist.load("open", repeat=True, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        fit(model, data, steps // 2, [pictures(folder, places[0])])
        bare: list[float] = []
        ratios: dict[str, list[float]] = {place: [] for place in places}
        shares: dict[str, list[float]] = {place: [] for place in places}
        for _ in range(turns):
            bare.append(fit(model, data, steps, []))
            for place in places:
                callback = timed(pictures(folder, place))
                between = fit(model, data, steps, [callback])
                bare.append(fit(model, data, steps, []))
                shares[place].append(callback.spent / between)
                ratios[place].append(between / statistics.mean(bare[-2:]) - 1)
        cost = "  ".join(
            f"{place} {statistics.median(shares[place]):.1%} "
            f"({statistics.median(ratios[place]):+.1%})"
            for place in places
        )
        step = statistics.median(bare) / steps * 1000
        print(
            f"{name:9} steps_per_execution={execution:<3} {step:6.3f} ms a step  {cost}", flush=True
        )


def pictures(folder: str, place: str) -> Any:
    return notmnist.callbacks.WeightImages(Path(folder) / PLACES[place], every=100)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", nargs="+", choices=PLACES, default=["gif", "folder"])
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    print(
        f"{keras.backend.backend()}, Keras {keras.__version__}, "
        f"Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, every=100"
    )
    for setting in SETTINGS:
        measure(*setting, places=options.to, turns=options.turns)
