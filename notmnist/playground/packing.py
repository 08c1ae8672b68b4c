"""The letters in the page: a part of the edition `open`, compressed, in 16 levels of grey."""

from __future__ import annotations

import base64
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from notmnist.datasets import CLASS_NAMES, load_data

__all__ = ["TEST", "TRAIN", "Packed", "choose", "pack"]

TRAIN = 1280
"""The number of training letters in each class: 100 batches of 128 in all."""

TEST = 200
"""The number of test letters in each class."""

_STEP = 17  # the distance of two levels; with 16 levels, the page is half as big and looks the same
_EFFORT = 6  # zlib's 9 would save 5 % and take ten times as long


class Packed(NamedTuple):
    """Letters as text.

    Attributes:
        names: The names of the classes, one letter each.
        train: The number of training letters in each class.
        test: The number of test letters in each class.
        text: Base64 of the deflated levels, 0 to 15, one byte per pixel: all training letters of
            the first class, of the second and so on, then the test letters in the same order.
    """

    names: str
    train: int
    test: int
    text: str


def pack() -> Packed:
    """Choose letters of the edition `open` and pack them."""
    (train, train_labels), (test, test_labels) = load_data("open")
    images = np.concatenate([choose(train, train_labels, TRAIN), choose(test, test_labels, TEST)])
    levels = np.rint(images / _STEP).astype(np.uint8)
    text = base64.b64encode(zlib.compress(levels.tobytes(), _EFFORT)).decode("ascii")
    return Packed("".join(CLASS_NAMES), TRAIN, TEST, text)


def choose(images: NDArray[np.uint8], labels: NDArray[np.uint8], of_each: int) -> NDArray[np.uint8]:
    """Return `of_each` images of each class, evenly spaced to include all kinds of designs."""
    rows = [np.flatnonzero(labels == label) for label in range(len(CLASS_NAMES))]
    return np.concatenate(
        [images[own[np.linspace(0, len(own) - 1, of_each).astype(int)]] for own in rows]
    )
