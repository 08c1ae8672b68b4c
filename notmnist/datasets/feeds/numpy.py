"""Batches as plain NumPy arrays, for scikit-learn, JAX and your own loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.feeds.plan import FeedPlan

__all__ = ["Gatherer", "NumpyBatches"]


class Gatherer:
    """Gathers rows of a plan's images and labels.

    Args:
        plan: What to gather from.
    """

    def __init__(self, plan: FeedPlan) -> None:
        images = plan.selection.images()
        self._images = images[..., np.newaxis] if images.ndim == 3 else images
        self._labels = None if plan.label_mode is None else plan.labels()

    def __call__(self, rows: npt.NDArray[np.int64]) -> Any:
        """Return images, or a pair of images and labels, of the rows."""
        images = np.take(self._images, rows, axis=0)
        return images if self._labels is None else (images, self._labels[rows])


class NumpyBatches:
    """An iterable of batches that can be iterated again, each time in a new order.

    Args:
        plan: What to give.
    """

    def __init__(self, plan: FeedPlan) -> None:
        self._plan = plan
        self._gather = Gatherer(plan)
        self._pass = 0
        plan.describe(self)

    def __len__(self) -> int:
        if self._plan.repeat:
            raise TypeError("batches that repeat without end have no length")
        return self._plan.steps

    def __iter__(self) -> Iterator[Any]:
        while True:
            order = self._plan.order(self._pass)
            self._pass += 1
            for step in range(self._plan.steps):
                yield self._gather(self._plan.rows(order, step))
            if not self._plan.repeat:
                return
