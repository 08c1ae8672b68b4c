"""Batches as plain NumPy arrays, for scikit-learn, JAX and your own loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from notmnist.datasets.feeds.plan import FeedPlan

__all__ = ["NumpyBatches"]


class NumpyBatches:
    """An iterable of batches that can be iterated repeatedly, each time in a new order."""

    def __init__(self, plan: FeedPlan) -> None:
        self._plan = plan
        self._pass = 0
        plan.describe(self)

    def __len__(self) -> int:
        return len(self._plan)

    def __iter__(self) -> Iterator[Any]:
        while True:
            order = self._plan.order(self._pass)
            self._pass += 1
            for step in range(self._plan.steps):
                yield self._plan.batch(order, step)
            if not self._plan.repeat:
                return
