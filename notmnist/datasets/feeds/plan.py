"""Which rows make up which batch, and what labels look like, for every feed."""

from __future__ import annotations

import dataclasses
import operator
import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.store.selection import Selection
from notmnist.errors import invalid, one_of

__all__ = ["FORMATS", "LABEL_MODES", "FeedPlan"]

FORMATS = ("tf", "keras", "grain", "numpy")
LABEL_MODES = ("int", "categorical", None)


@dataclasses.dataclass(frozen=True)
class FeedPlan:
    """How the rows of a selection become batches.

    Attributes:
        selection: The rows.
        batch_size: Examples a batch; None for single examples without a batch axis.
        shuffle: Whether every pass has a new, uniformly random order.
        seed: Decides the orders of all passes; None for a seed of its own.
        repeat: Whether passes follow one another without end.
        drop_remainder: Whether a last, smaller batch is left out.
        label_mode: "int", "categorical" (one-hot), or None for images alone.
    """

    selection: Selection
    batch_size: int | None = 128
    shuffle: bool = False
    seed: int | None = None
    repeat: bool = False
    drop_remainder: bool = False
    label_mode: str | None = "int"

    def __post_init__(self) -> None:
        if self.batch_size is not None:
            object.__setattr__(self, "batch_size", _positive("batch_size", self.batch_size))
        if self.label_mode not in LABEL_MODES:
            raise invalid("label_mode", self.label_mode, one_of(LABEL_MODES))
        if self.seed is None:
            object.__setattr__(self, "seed", secrets.randbits(63))
        else:
            object.__setattr__(self, "seed", _integer("seed", self.seed, 0))
        if self.drop_remainder and self.batch_size is not None and self.steps == 0:
            rule = f"be at most the {len(self.selection)} examples chosen, with drop_remainder"
            raise invalid("batch_size", self.batch_size, rule)

    @property
    def steps(self) -> int:
        """The number of batches (or single examples) in a pass."""
        size = self.batch_size or 1
        return (
            len(self.selection) // size if self.drop_remainder else -(-len(self.selection) // size)
        )

    def order(self, number: int) -> npt.NDArray[np.int64]:
        """Return the order of the rows in pass `number`: a permutation, int64, (n,)."""
        count = len(self.selection)
        if not self.shuffle:
            return np.arange(count)
        return np.random.default_rng([self.seed or 0, number]).permutation(count)

    def rows(self, order: npt.NDArray[np.int64], step: int) -> npt.NDArray[np.int64]:
        """Return the rows of batch `step` of a pass in this order: int64, (batch,) or ()."""
        if self.batch_size is None:
            return order[step]  # type: ignore[no-any-return]  # a scalar is no array to mypy
        return order[step * self.batch_size : (step + 1) * self.batch_size]

    def labels(self) -> npt.NDArray[Any]:
        """Return the labels of all rows: int32 (n,), or float32 (n, classes) if categorical."""
        labels = self.selection.labels()
        if self.label_mode != "categorical":
            return labels.astype(np.int32)
        one_hot: npt.NDArray[np.float32] = np.eye(len(self.class_names), dtype=np.float32)[labels]
        return one_hot

    def describe(self, target: Any) -> None:
        """Set the attributes that every feed carries, as Keras does on its datasets."""
        target.class_names = list(self.class_names)
        target.fonts = self.fonts
        target.shuffled = self.shuffle

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the labels."""
        return self.selection.store.class_names

    @property
    def fonts(self) -> Sequence[str]:
        """The font of every row, in stored order."""
        return self.selection.fonts()


def _positive(argument: str, value: Any) -> int:
    return _integer(argument, value, 1)


def _integer(argument: str, value: Any, least: int) -> int:
    rule = "be a positive integer" if least else "be an integer of 0 or more"
    try:
        number = operator.index(value)
    except TypeError:
        raise invalid(argument, value, rule) from None
    if isinstance(value, bool) or number < least:
        raise invalid(argument, value, rule)
    return number
