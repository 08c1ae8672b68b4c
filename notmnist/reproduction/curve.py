"""Accuracy and loss against steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

__all__ = ["Curve", "measure", "moments"]

Sample = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]


def moments(steps: int) -> list[int]:
    """Return the steps at which a curve has points: dense at first, 0 and the last included.

    Example:
        >>> moments(120)
        [0, 1, 2, 5, 10, 20, 50, 100, 120]
    """
    early = [0, 1, 2, 5, 10, 20, 50, 100, 150]
    stride = max(100, round(steps / 30 / 100) * 100)
    return sorted({step for step in [*early, *range(200, steps, stride)] if step < steps} | {steps})


def measure(model: Any, sample: Sample) -> tuple[float, float]:
    """Return accuracy, 0 to 1, and mean cross-entropy in nats of a model that gives logits."""
    images, labels = sample
    logits = np.concatenate([
        np.asarray(
            keras.ops.convert_to_numpy(model(images[at : at + 2_000, ..., None], training=False)),
            np.float64,
        )
        for at in range(0, len(images), 2_000)
    ])  # fmt: skip
    top = logits.max(axis=1, keepdims=True)
    total = top[:, 0] + np.log(np.exp(logits - top).sum(axis=1))
    right = logits[np.arange(len(labels)), labels]
    return float((logits.argmax(axis=1) == labels).mean()), float((total - right).mean())


class Curve(keras.callbacks.Callback):  # type: ignore[misc]  # untyped base
    """Measures a model on fixed samples while it trains, dropout off.

    Args:
        samples: Name and examples of each sample.
        steps: After which steps to measure.
        tick: Called with the number of steps done since its last call.

    Attributes:
        points: "steps", and for each sample its accuracies and, as "<name>_loss", its losses.
    """

    def __init__(
        self, samples: dict[str, Sample], steps: list[int], tick: Callable[[int], None]
    ) -> None:
        super().__init__()
        self._samples = samples
        self._wanted = frozenset(steps)
        self._tick = tick
        self._step = self._told = 0
        self.points: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Start over, with the model as it is before the first step."""
        self._step = self._told = 0
        names = [name for sample in self._samples for name in (sample, f"{sample}_loss")]
        self.points = {name: [] for name in ["steps", *names]}
        if 0 in self._wanted:
            self._measure()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the step and measure where that is wanted."""
        self._step += 1
        if self._step in self._wanted:
            self._measure()
        if self._step - self._told >= 50:
            self._tick(self._step - self._told)
            self._told = self._step

    def on_train_end(self, logs: Any = None) -> None:
        """Tell of the last steps."""
        self._tick(self._step - self._told)

    def _measure(self) -> None:
        model = self.model  # asking for it brings the variables up to date on JAX
        self.points["steps"].append(self._step)
        for name, sample in self._samples.items():
            accuracy, loss = measure(model, sample)
            self.points[name].append(round(accuracy, 5))
            self.points[f"{name}_loss"].append(float(f"{loss:.5g}"))
