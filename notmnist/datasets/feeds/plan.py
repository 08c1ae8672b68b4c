"""The plan of a feed: which rows form each batch, and the form of the labels."""

from __future__ import annotations

import dataclasses
import functools
import operator
import secrets
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.store.selection import Selection
from notmnist.errors import invalid, one_of

__all__ = ["FeedPlan", "permutation"]

_LABEL_MODES = ("int", "categorical", None)


@dataclasses.dataclass(frozen=True)
class FeedPlan:
    """How the rows of a selection become batches.

    Attributes:
        selection: The rows. The other attributes are arguments of `load`.
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
            object.__setattr__(self, "batch_size", _integer("batch_size", self.batch_size, 1))
        if self.label_mode not in _LABEL_MODES:
            raise invalid("label_mode", self.label_mode, one_of(_LABEL_MODES))
        seed = secrets.randbits(63) if self.seed is None else _integer("seed", self.seed, 0)
        object.__setattr__(self, "seed", seed)
        if self.drop_remainder and self.batch_size is not None and self.steps == 0:
            rule = f"be at most the {len(self.selection)} examples selected, with drop_remainder"
            raise invalid("batch_size", self.batch_size, rule)

    def __len__(self) -> int:
        if self.repeat:
            raise TypeError("batches that repeat endlessly have no length")
        return self.steps

    @property
    def steps(self) -> int:
        """The number of batches (or single examples) in a pass."""
        whole, rest = divmod(len(self.selection), self.batch_size or 1)
        return whole + (rest > 0 and not self.drop_remainder)

    def order(self, number: int) -> npt.NDArray[np.int64]:
        """Return the order of the rows in pass `number`: a permutation, int64, (n,)."""
        count = len(self.selection)
        if not self.shuffle:
            return np.arange(count)
        return permutation(count, self.seed or 0, number)

    def batch(self, order: npt.NDArray[np.int64], step: int) -> Any:
        """Return batch `step` of a pass in this order: images, or a pair of images and labels."""
        size = self.batch_size
        rows = order[step] if size is None else order[step * size : (step + 1) * size]
        images = np.take(self.images, rows, axis=0)
        return images if self.label_mode is None else (images, self.labels[rows])

    @functools.cached_property
    def images(self) -> npt.NDArray[np.uint8]:
        """All images: uint8, (n, height, width, channels)."""
        images = self.selection.images()
        return images.reshape(*images.shape[:3], -1)

    @functools.cached_property
    def labels(self) -> npt.NDArray[Any]:
        """The labels of all rows: int32, (n,), or float32, (n, classes), if categorical."""
        labels = self.selection.labels()
        if self.label_mode != "categorical":
            return labels.astype(np.int32)
        classes = len(self.selection.store.class_names)
        one_hot: npt.NDArray[np.float32] = np.eye(classes, dtype=np.float32)[labels]
        return one_hot

    def describe(self, target: Any) -> None:
        """Set the attributes that every feed has, as Keras does on its datasets."""
        target.class_names = list(self.selection.store.class_names)
        target.fonts = self.selection.fonts()
        target.shuffled = self.shuffle


def permutation(count: int, seed: int, number: int) -> npt.NDArray[np.int64]:
    """Return the order of `count` rows in pass `number`: int64, (count,)."""
    return np.random.default_rng([seed, number]).permutation(count)


def _integer(argument: str, value: Any, least: int) -> int:
    rule = "be a positive integer" if least else "be a non-negative integer"
    try:
        number = operator.index(value)
    except TypeError:
        raise invalid(argument, value, rule) from None
    if isinstance(value, bool) or number < least:
        raise invalid(argument, value, rule)
    return number
