"""A process's own share of every batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from notmnist.datasets.feeds.keras import BatchDataset
from notmnist.errors import invalid

__all__ = ["SharedBatches"]


class SharedBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras ships no types
    """The rows of every batch that one of several processes reads.

    The batches of all processes, put one after another, are the batches of the data set: no row
    is read twice in a pass. A last, smaller batch is cut to a multiple of the devices, so that up
    to `devices` - 1 rows of a pass are left out, with `shuffle` others each time.

    Args:
        batches: The whole batches, the same in every process, seed included.
        index: Which process this is.
        count: How many there are.
        devices: How many there are, over all processes.

    Raises:
        ArgumentError: The batch size is not a multiple of the devices, or the
            batches repeat and have a remainder.
    """

    def __init__(self, batches: BatchDataset, index: int, count: int, devices: int) -> None:
        super().__init__()
        if batches.batch_size % devices:
            rule = f"be a multiple of the {devices} devices that share a batch"
            raise invalid("batch_size", batches.batch_size, rule)
        if batches.plan.repeat and not batches.plan.drop_remainder:
            raise invalid("drop_remainder", False, "be True where batches repeat and are shared")
        self._whole = batches
        self._index, self._count, self._devices = index, count, devices
        for name in ("class_names", "fonts", "shuffled"):
            setattr(self, name, getattr(batches, name))

    @property
    def num_batches(self) -> int | None:
        """The number of batches in a pass; None where passes repeat without end."""
        return None if self._whole.num_batches is None else len(self)

    def __len__(self) -> int:
        steps = len(self._whole)
        return steps - int(len(self._whole.rows(steps - 1)) < self._devices)

    def __getitem__(self, index: int) -> Any:
        """Return this process's share of batch `index` of the present pass."""
        rows = self._whole.rows(index)
        size = len(rows) // self._devices * self._devices // self._count
        return self._whole.gather(rows[self._index * size : (self._index + 1) * size])

    def __iter__(self) -> Iterator[Any]:
        for step in range(len(self)):
            yield self[step]
        self.on_epoch_end()

    def turn_to(self, number: int) -> None:
        """Go on with pass `number`, from 0."""
        self._whole.turn_to(number)

    def on_epoch_end(self) -> None:
        """Draw the order of the next pass."""
        self._whole.on_epoch_end()
