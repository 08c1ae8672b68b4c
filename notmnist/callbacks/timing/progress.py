"""Counts the steps of a fit, for callbacks, without slowing it down."""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["Progress"]


class Progress:
    """Counts the steps of a fit, over all epochs.

    Before a batch, the steps done are known exactly, and at the end of an epoch the number of
    executions. If `steps_per_execution` is above 1, the last execution of an epoch may have been a
    shorter one; then the optimizer's own count decides.

    Attributes:
        step: Number of steps done; with `initial_epoch`, including those before it.
        epoch: Number of the current epoch, 1 for the first.
    """

    def __init__(self, model: Any, params: dict[str, Any] | None) -> None:
        steps = (params or {}).get("steps")
        self._steps: int | None = steps if steps and steps > 0 else None
        self._execution: int = model.steps_per_execution
        self._counter = _counter(model)
        self._before: int | None = None  # steps done before this epoch
        self._counted = 0  # by the optimizer, before this epoch
        self._ended: list[int] = []  # Keras calls `end_batch` in threads: appending is atomic
        self.step = 0
        self.epoch = 0

    def begin_epoch(self, epoch: int) -> None:
        """Record the start of an epoch, `epoch` counted from 0."""
        self._counted = self._count()
        if self._before is None and epoch:
            self.step = self._counted or epoch * (self._steps or 0)
        self._before = self.step
        self._ended.clear()
        self.epoch = epoch + 1

    def begin_batch(self, batch: int) -> None:
        """Record the start of a batch, `batch` counted from 0 in its epoch."""
        self.step = (self._before or 0) + batch

    def end_batch(self, batch: int) -> None:
        """Record the end of an execution."""
        self._ended.append(batch)

    def end_epoch(self) -> None:
        """Record the end of an epoch."""
        self.step = (self._before or 0) + len(self._ended) * self._execution
        if self._counter is None and self._execution > 1 and self._steps:
            self.step = min(self.step, (self._before or 0) + self._steps)
        self.settle()

    def settle(self) -> None:
        """Correct `step` by the optimizer's count, if the data ran out within an execution."""
        if self._execution > 1 and self._counter is not None:
            self.step = min(self.step, (self._before or 0) + self._count() - self._counted)

    def _count(self) -> int:
        if self._counter is None:
            return 0
        return int(keras.ops.convert_to_numpy(keras.ops.add(self._counter.iterations, 0)))


def _counter(model: Any) -> Any:
    """Return the optimizer if it counts every step exactly once, otherwise None."""
    optimizer = getattr(model, "optimizer", None)
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        return None
    skips = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    return None if skips or optimizer.gradient_accumulation_steps else optimizer
