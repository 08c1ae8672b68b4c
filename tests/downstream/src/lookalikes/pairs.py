"""A callback that records which two letters the model confuses most after each epoch."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt

import notmnist

__all__ = ["LookalikePairs"]


class LookalikePairs(keras.callbacks.Callback):  # type: ignore[misc]  # keras ships no types
    """Records the two letters that are confused most after each epoch.

    Args:
        images: uint8, (n, 28, 28, 1), as the model takes them.
        labels: (n,), 0 to 9.

    Attributes:
        pairs: A pair of letters for each epoch, such as ("C", "G").
    """

    def __init__(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.integer]) -> None:
        super().__init__()
        self.images = images
        self.labels = labels
        self.pairs: list[tuple[str, str]] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.pairs = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        predicted = self.model.predict(self.images, verbose=0).argmax(axis=1)
        counts = np.zeros((10, 10), np.int64)
        np.add.at(counts, (self.labels, predicted), 1)
        both = np.triu(counts + counts.T, 1)
        one, other = np.unravel_index(both.argmax(), both.shape)
        names = notmnist.datasets.CLASS_NAMES
        self.pairs.append((names[int(one)], names[int(other)]))
