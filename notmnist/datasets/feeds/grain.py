"""Batches as a `grain.MapDataset`: random access, and Grain's own transformations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import grain

from notmnist.datasets.feeds.plan import FeedPlan

__all__ = ["grain_dataset"]


def grain_dataset(plan: FeedPlan) -> Any:
    """Return the plan's batches as a `grain.MapDataset`.

    Batch `i` belongs to pass `i // len(dataset)`, as in every shuffled Grain data set. With
    `plan.repeat`, all passes form one data set of length `sys.maxsize`.
    """
    dataset = _Passes(_Batches(plan), None if plan.repeat else iter(range(sys.maxsize)))
    plan.describe(dataset)
    return dataset


class _Batches(grain.MapDataset):  # type: ignore[misc]  # Grain ships no types
    """The batches by number: a pure function of the plan."""

    def __init__(self, plan: FeedPlan) -> None:
        super().__init__()
        self._plan = plan
        self._latest = (0, plan.order(0))  # replaced as a whole: several threads may read

    def __len__(self) -> int:
        return sys.maxsize if self._plan.repeat else self._plan.steps

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self.slice(index)
        number, step = divmod(index, self._plan.steps)
        number = max(number, 0)  # -1 is the last batch of the first pass
        latest, order = self._latest
        if number != latest:
            order = self._plan.order(number)
            self._latest = (number, order)
        return self._plan.batch(order, step)


class _Passes(grain.MapDataset):  # type: ignore[misc]  # Grain ships no types
    """A data set in which each iterator reads the next pass, unless it is one endless pass.

    In a plain `MapDataset`, every iterator reads the first pass, so every epoch of `fit` would have
    the same order. `fit` calls `map` before it iterates, so the result of `map` must do the same.
    """

    def __init__(self, whole: Any, passes: Iterator[int] | None) -> None:
        super().__init__(whole)
        self._whole = whole
        self._passes = passes

    def __len__(self) -> int:
        return len(self._whole)

    def __getitem__(self, index: int | slice) -> Any:
        return self._whole[index]

    def map(self, transform: Callable[[Any], Any]) -> Any:
        return _Passes(self._whole.map(transform), self._passes)

    def to_iter_dataset(self, read_options: Any = None, *, allow_nones: bool = False) -> Any:
        # no threads by default, since the data is in memory
        options = read_options or grain.ReadOptions(num_threads=0, prefetch_buffer_size=0)
        if self._passes is None:
            return self._whole.to_iter_dataset(options, allow_nones=allow_nones)
        return _NextPass(self._whole, self._passes, options, allow_nones)


class _NextPass(grain.IterDataset):  # type: ignore[misc]  # Grain ships no types
    """Iterates over the next pass each time."""

    def __init__(self, whole: Any, passes: Iterator[int], options: Any, allow_nones: bool) -> None:
        super().__init__(whole)
        self._all = whole.repeat()
        self._steps = len(whole)
        self._passes = passes
        self._options = options
        self._allow_nones = allow_nones

    def __iter__(self) -> Any:
        start = next(self._passes) * self._steps
        one = self._all[start : start + self._steps]
        return iter(one.to_iter_dataset(self._options, allow_nones=self._allow_nones))
