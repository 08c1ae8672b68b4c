"""Batches as a `keras.utils.PyDataset`: the fastest road on JAX and PyTorch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from notmnist.datasets.feeds.numpy import Gatherer
from notmnist.datasets.feeds.plan import FeedPlan
from notmnist.errors import invalid

__all__ = ["BatchDataset"]


class BatchDataset(keras.utils.PyDataset):  # type: ignore[misc]  # untyped base
    """Batches that Keras fetches by number, in a new order after every epoch.

    Args:
        plan: What to give.

    Attributes:
        batch_size: Examples a batch.
        plan: The argument.
        gather: Returns the images and labels of row numbers.

    Raises:
        ArgumentError: The plan asks for single examples, which a `PyDataset` cannot give.
    """

    def __init__(self, plan: FeedPlan) -> None:
        super().__init__()
        size = plan.batch_size
        if size is None:
            raise invalid("batch_size", None, "be a positive integer for format='keras'")
        self.batch_size: int = size
        self.plan = plan
        self.gather = Gatherer(plan)
        self._pass = 0
        self._order = plan.order(0)
        plan.describe(self)

    @property
    def num_batches(self) -> int | None:
        """The number of batches in a pass; None where passes repeat without end."""
        return None if self.plan.repeat else self.plan.steps

    def __len__(self) -> int:
        if self.plan.repeat:
            raise TypeError("batches that repeat without end have no length")
        return self.plan.steps

    def __getitem__(self, index: int) -> Any:
        """Return batch `index` of the present pass; with `repeat`, of the one it falls in."""
        return self.gather(self.rows(index))

    def rows(self, index: int) -> npt.NDArray[np.int64]:
        """Return the row numbers of batch `index`: int64, (batch,)."""
        number, step = divmod(index, self.plan.steps)
        if self.plan.repeat:
            self.turn_to(number)
        elif number:
            raise IndexError(f"batch {index} of {self.plan.steps}")
        return self.plan.rows(self._order, step)

    def __iter__(self) -> Iterator[Any]:
        for step in itertools.count() if self.plan.repeat else range(self.plan.steps):
            yield self[step]
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Draw the order of the next pass."""
        if not self.plan.repeat:
            self.turn_to(self._pass + 1)

    def turn_to(self, number: int) -> None:
        """Go on with pass `number`, from 0."""
        if number != self._pass:
            self._pass = number
            self._order = self.plan.order(number)
