"""Batches as a `keras.utils.PyDataset`: the fastest format on JAX and PyTorch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import keras

from notmnist.datasets.feeds.plan import FeedPlan
from notmnist.errors import invalid

__all__ = ["BatchDataset"]


class BatchDataset(keras.utils.PyDataset):  # type: ignore[misc]  # untyped base
    """Batches that Keras fetches by number, in a new order after every epoch.

    Raises:
        ArgumentError: The plan asks for single examples, which a `PyDataset` cannot give.
    """

    def __init__(self, plan: FeedPlan) -> None:
        super().__init__()
        if plan.batch_size is None:
            raise invalid("batch_size", None, "be a positive integer for format='keras'")
        self._plan = plan
        self._pass = 0
        self._order = plan.order(0)
        plan.describe(self)

    @property
    def num_batches(self) -> int | None:
        """The number of batches in a pass; None if passes repeat endlessly."""
        return None if self._plan.repeat else self._plan.steps

    def __len__(self) -> int:
        return len(self._plan)

    def __getitem__(self, index: int) -> Any:
        """Return batch `index` of the current pass; with `repeat`, of the pass it falls in."""
        number, step = divmod(index, self._plan.steps)
        if self._plan.repeat:
            self._start_pass(number)
        elif number:
            raise IndexError(f"batch {index} of {self._plan.steps}")
        return self._plan.batch(self._order, step)

    def __iter__(self) -> Iterator[Any]:
        for step in itertools.count() if self._plan.repeat else range(self._plan.steps):
            yield self[step]
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Draw the order of the next pass."""
        if not self._plan.repeat:
            self._start_pass(self._pass + 1)

    def _start_pass(self, number: int) -> None:
        if number != self._pass:
            self._pass = number
            self._order = self._plan.order(number)
