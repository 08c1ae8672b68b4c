"""How many steps a fit has done, for callbacks that never slow it down."""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["Progress"]


class Progress:
    """Counts the optimizer steps of a fit from the start of its batches.

    Keras turns every metric into a Python number after each batch as soon as one callback listens
    to the end of a batch, and it counts executions, not steps. The start of a batch costs nothing,
    and what was done before it is known exactly.

    Attributes:
        step: Steps done, counted over all epochs; a fit that starts at `initial_epoch` counts the
            epochs before it.
        epoch: Epochs begun, 1 for the first.
    """

    def __init__(self, model: Any, params: dict[str, Any] | None) -> None:
        steps = (params or {}).get("steps")
        self._steps: int | None = steps if steps and steps > 0 else None
        self._model = model
        self._execution: int = model.steps_per_execution
        self._counter = _counter(model)
        self._before: int | None = None  # steps done before this epoch
        self._began: int | None = None  # the last batch begun in this epoch
        self._count_before = 0
        self.step = 0
        self.epoch = 0

    @property
    def execution(self) -> int:
        """Steps until the start of the next batch is heard of."""
        return self._execution

    @property
    def epoch_start(self) -> int:
        """Steps done before this epoch."""
        return self._before or 0

    def begin_epoch(self, epoch: int) -> None:
        """Take note of an epoch's start, `epoch` counted from 0."""
        if self._before is None:
            self.step = epoch * self._steps if self._steps else (self._count() if epoch else 0)
        self._before = self.step
        self._began = None
        self._count_before = self._count()
        self.epoch = epoch + 1

    def begin_batch(self, batch: int) -> None:
        """Take note of a batch's start, `batch` counted from 0 in its epoch."""
        self._began = batch
        self.step = self.epoch_start + batch

    def settle(self) -> None:
        """Correct `step` where data of unknown length have run out within an execution."""
        if self._steps is None and self._execution > 1 and self._counter is not None:
            self.step = min(self.step, self.epoch_start + self._count() - self._count_before)

    def end_epoch(self) -> None:
        """Take note of an epoch's end."""
        if self._began is not None:
            self.step = self.epoch_start + self._done_in_epoch(self._began)

    def _done_in_epoch(self, began: int) -> int:
        full = began + self._execution
        if self._steps is not None and full >= self._steps:
            return self._steps
        if self._execution > 1:
            counted = self._count() - self._count_before
            return full if self._counter is None else min(counted, full)
        if self._model.stop_training or keras.backend.backend() == "torch":
            return full
        return began  # the data ran out: Keras began a batch that there was not

    def _count(self) -> int:
        if self._counter is None:
            return 0
        return int(keras.ops.convert_to_numpy(keras.ops.add(self._counter.iterations, 0)))


def _counter(model: Any) -> Any:
    """Return the optimizer if its own count is that of the steps."""
    optimizer = getattr(model, "optimizer", None)
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        return None
    skips = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    return None if skips or optimizer.gradient_accumulation_steps else optimizer
