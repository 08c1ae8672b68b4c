"""Measure how fast the playground trains in headless Chromium, and how fast Keras does the same.

    python benchmarks/playground.py [--quick]

Both train the same model on the same letters in batches of 128, in turns: the page while it also
measures accuracy and draws pictures, and `fit` with one step per execution. Needs Chromium, psutil
and two cores. Steps per second of the worker's processor time change little if other programs use
the cores too.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[1]))  # tests.chromium

import keras
import numpy as np
import psutil
from measure import Row, at_least, options, spread

import notmnist
from notmnist.playground import build_page
from tests import chromium

QUESTION = "Playground"
BATCH = 128
LONGEST = 3000  # steps, after which a playing page pauses
MODELS = {  # the link that sets it, units, the target
    "logistic": ("#model=logistic&l2=0.005", 0, 500),
    "128 hidden units": ("#model=hidden&units=128&l2=0.005", 128, 20),
}
READY = "document.body.classList.contains('ready') && playground.latest?.run === playground.run"


def start(page: chromium.Page, link: str) -> None:
    page.run(f"location.hash = {link!r}")
    time.sleep(0.2)
    while not page.run(READY):
        time.sleep(0.05)


def played(page: chromium.Page, seconds: float) -> tuple[float, float]:
    """Return a playing page's steps per second of time and of its worker's processor time."""

    def now() -> np.ndarray:
        return np.array([page.run("playground.latest.step"), time.perf_counter(), busy()])

    page.run("playground.play()")
    time.sleep(seconds / 4)  # until the code is compiled
    before = now()
    while (after := now())[1] < before[1] + seconds and after[0] < LONGEST - 200:
        time.sleep(0.05)
    steps, passed, worked = after - before
    page.run("playground.pause()")
    time.sleep(0.5)
    return steps / passed, steps / worked


def busy() -> float:
    """Return the seconds of processor time that the page's worker has used."""
    for process in psutil.Process().children(recursive=True):
        for thread in process.threads():
            name = Path(f"/proc/{process.pid}/task/{thread.id}/comm").read_text()
            if name.startswith("DedicatedWorker"):
                return float(thread.user_time + thread.system_time)
    raise RuntimeError("Chromium has no worker")


def model(units: int) -> keras.Model:
    def penalty() -> keras.regularizers.Regularizer:
        return keras.regularizers.L2(0.005 / 2)

    hidden = [keras.layers.Dense(units, "relu", kernel_regularizer=penalty())] if units else []
    outputs = keras.layers.Dense(10, kernel_regularizer=penalty())
    network = keras.Sequential([keras.Input((784,)), *hidden, outputs])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.SGD(0.5), loss)
    return network


def fitted(network: keras.Model, x: Any, y: Any, seconds: float) -> float:
    """Return the steps per second of `fit`."""
    steps, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        network.fit(x, y, batch_size=BATCH, verbose=0)
        steps += len(x) // BATCH
    return steps / (time.perf_counter() - begun)


def main() -> None:
    with options(__doc__) as (given, rows), chromium.browser() as page:
        path = given.scratch / "playground.html"
        path.write_text(build_page(), "utf-8")
        (x, y), _ = notmnist.load_data("open")
        x = ((x[: 100 * BATCH].reshape(-1, 784) - 127.5) / 255).astype(np.float32)
        y = y[: len(x)]
        page.screen(1366)
        page.open(path)
        seconds = 3 if given.quick else 8
        for name, (link, units, bar) in MODELS.items():
            network = model(units)
            network.fit(x, y, batch_size=BATCH, verbose=0)
            page_speeds, core_speeds, keras_speeds = [], [], []
            for _ in range(given.turns):
                start(page, link)
                speed, core_speed = played(page, seconds)
                page_speeds.append(speed)
                core_speeds.append(core_speed)
                keras_speeds.append(fitted(network, x, y, seconds))
            shares = [a / b for a, b in zip(page_speeds, keras_speeds, strict=True)]
            rows += [
                Row(QUESTION, f"{name}: steps per second in the page, playing",
                    spread(page_speeds, "{:.0f}"), f"≥ {bar}", at_least(page_speeds, bar)),
                Row(QUESTION, f"{name}: steps per second of the worker's processor time",
                    spread(core_speeds, "{:.0f}")),
                Row(QUESTION, f"{name}: steps per second of Keras", spread(keras_speeds, "{:.0f}")),
                Row(QUESTION, f"{name}: the page against Keras", spread(shares, "{:.2f}", " ×")),
            ]  # fmt: skip


if __name__ == "__main__":
    main()
