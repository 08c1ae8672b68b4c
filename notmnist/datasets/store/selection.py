"""The rows that a spec such as "train[:10%]+valid" selects."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.store.arrays import Store
from notmnist.errors import ArgumentError, did_you_mean, one_of

__all__ = ["Selection", "select"]


@dataclasses.dataclass(frozen=True)
class Selection:
    """Runs of consecutive rows of a store's splits, one after another.

    Attributes:
        store: The store.
        runs: Triples of a split's name, the first row, and the row after the last.
    """

    store: Store
    runs: tuple[tuple[str, int, int], ...]

    def __len__(self) -> int:
        return sum(max(stop - start, 0) for _, start, stop in self.runs)

    def images(self) -> npt.NDArray[np.uint8]:
        """Return the images, uint8 (n, height, width[, 3]), mapped if one run covers them."""
        return self._rows(self.store.images)

    def labels(self) -> npt.NDArray[np.unsignedinteger[Any]]:
        """Return the labels, uint8 or uint16 (n,), from 0."""
        return self._rows(self.store.labels)

    def fonts(self) -> list[str]:
        """Return the n names of fonts; "" if a font is unknown."""
        names = np.array(self.store.font_names, object)
        fonts: list[str] = names[self._rows(self.store.font_ids)].tolist()
        return fonts

    def _rows(self, column: Callable[[str], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        parts = [column(split)[start:stop] for split, start, stop in self.runs]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def select(store: Store, split: Any) -> Selection:
    """Return the rows that `split` selects, at least one.

    Args:
        store: A store.
        split: A spec in TFDS's language, such as "train", "train[:10%]", "train[5000:]+valid"
            or "all", or a `tfds.core.ReadInstruction`.

    Raises:
        ArgumentError: `split` is not such a spec, names an unknown split, or selects no row.
    """
    sizes = store.sizes()
    if isinstance(split, str) and split in sizes:
        runs = [(split, 0, sizes[split])]
    else:
        runs = _runs(split, sizes)
    selection = Selection(store, tuple(runs))
    if not len(selection):
        raise ArgumentError(
            f"`split` must select at least one example. Received: split={split!r} of "
            f"{store.manifest['name']!r}, which has these splits: {sizes}. Use another split, such "
            "as 'all', or add data."
        )
    return selection


def _runs(split: Any, sizes: Mapping[str, int]) -> list[tuple[str, int, int]]:
    import tensorflow_datasets as tfds  # late: it takes 0.4 s, and plain names do not need it

    infos = {
        name: types.SimpleNamespace(num_examples=size, shard_lengths=[size])
        for name, size in sizes.items()
    }
    try:
        instruction = tfds.core.splits.AbstractSplit.from_spec(split)
        parts = instruction.to_absolute(infos)
        return [
            (part.splitname, part.from_ or 0, sizes[part.splitname] if part.to is None else part.to)
            for part in parts
        ]
    except (ValueError, AssertionError, TypeError, AttributeError, NotImplementedError) as error:
        near = "" if "[" in str(split) else did_you_mean(split, sizes)
        raise ArgumentError(
            f"`split` must {one_of(sizes)}, a slice such as 'train[:10%]', or a sum of these. "
            f"Received: split={split!r}. {near or f'({error})'}"
        ) from error
