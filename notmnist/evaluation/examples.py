"""Examples as arrays, read in one pass from what `load` gives or from plain arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import CLASS_NAMES
from notmnist.errors import ArgumentError, invalid

__all__ = ["Examples", "read_examples"]

_TF_INFINITE = -1  # tf.data.INFINITE_CARDINALITY


@dataclass(frozen=True)
class Examples:
    """Images with what is known of them.

    Attributes:
        images: Array of shape `(rows, height, width)` or `(rows, height, width, channels)`.
        labels: int64 array of shape `(rows,)`, or None where there are none.
        fonts: The font of each row, or None where it is not known which row has which.
        class_names: The name of each label.
    """

    images: npt.NDArray[Any]
    labels: npt.NDArray[np.int64] | None
    fonts: Sequence[str] | None
    class_names: tuple[str, ...]


def read_examples(argument: str, data: Any, *, labelled: bool = True) -> Examples:
    """Read all examples of a data set in one pass, images and labels together.

    Fonts are kept only where the data set says that it is not shuffled (`shuffled` is False).

    Args:
        argument: What the caller calls `data`, for messages.
        data: Batches of `(images, labels)` or of images: a `tf.data.Dataset`, a
            `keras.utils.PyDataset` or another iterable; or a pair of arrays; or one array of
            images. Labels are whole numbers, `(rows,)`, or one-hot, `(rows, classes)`.
        labelled: Whether labels must be there.

    Returns:
        The examples.

    Raises:
        ArgumentError: There are no examples, no end of them, no labels, or their shapes or values
            are not those of images and labels.
    """
    batches = list(_batches(argument, data))
    if not sum(len(images) for images, _ in batches):
        raise ArgumentError(f"`{argument}` must hold at least one example. Received: none.")
    images = _join(argument, [images for images, _ in batches])
    names = tuple(getattr(data, "class_names", None) or CLASS_NAMES)
    parts = [labels for _, labels in batches if labels is not None]
    if labelled and len(parts) < len(batches):
        message = (
            f"`{argument}` must hold labels. Received: images only. Give pairs of images and "
            "labels; notmnist.load does unless label_mode=None."
        )
        raise ArgumentError(message)
    labels = None
    if labelled:
        labels = _labels(argument, _join(argument, parts), len(images))
    fonts = getattr(data, "fonts", None) if getattr(data, "shuffled", None) is False else None
    if fonts is not None and len(fonts) < len(images):
        fonts = None  # repeated or joined since: it is not known any more which row has which
    return Examples(images, labels, fonts, names)


def _batches(argument: str, data: Any) -> Iterable[tuple[npt.NDArray[Any], Any]]:
    """Yield images and labels (or None) of each batch."""
    if isinstance(data, np.ndarray) or (isinstance(data, tuple) and len(data) == 2):
        data = [data]
    elif not hasattr(data, "__iter__") and hasattr(data, "num_batches"):  # a bare PyDataset
        data = [data[batch] for batch in range(len(data))]
    elif not isinstance(data, Iterable) or isinstance(data, (str, bytes, dict)):
        rule = "be batches of images and labels, or a pair of arrays"
        raise invalid(argument, data, rule)
    elif _endless(data):
        message = f"`{argument}` must end. Received: batches that repeat. Load with repeat=False."
        raise ArgumentError(message)
    for batch in data:
        pair = isinstance(batch, (tuple, list))
        if pair and len(batch) != 2:
            message = (
                f"`{argument}` must give pairs of images and labels. Received: {len(batch)} parts."
            )
            raise ArgumentError(message)
        images = np.asarray(batch[0] if pair else batch)
        if images.ndim not in (3, 4) or (pair and np.ndim(batch[1]) == 0):
            message = (
                f"`{argument}` must give batches of images, (batch, height, width) or (batch, "
                f"height, width, channels). Received: an array of shape {images.shape}. A single "
                "example is no batch: load with a batch_size."
            )
            raise ArgumentError(message)
        if images.dtype.kind not in "uif" or not np.isfinite(images).all():
            message = (
                f"`{argument}` must hold finite pixels. Received: {images.dtype} with NaN, "
                "infinity or what is no number."
            )
            raise ArgumentError(message)
        yield images, np.asarray(batch[1]) if pair else None


def _endless(data: Any) -> bool:
    """Say whether batches repeat without end, as far as they tell."""
    if hasattr(data, "cardinality"):
        return int(data.cardinality()) == _TF_INFINITE
    if hasattr(data, "num_batches"):
        return data.num_batches is None
    try:
        if hasattr(data, "__len__"):
            len(data)
    except TypeError:
        return True
    return False


def _join(argument: str, parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        message = f"`{argument}` must give batches of one shape. Received: {sorted(shapes)}."
        raise ArgumentError(message)
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _labels(argument: str, labels: npt.NDArray[Any], rows: int) -> npt.NDArray[np.int64]:
    """Return labels as whole numbers, from such or from one-hot rows."""
    received = f"labels of shape {labels.shape} and type {labels.dtype} for {rows} images"
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if len(labels) != rows or labels.ndim not in (1, 2):
        message = f"`{argument}` must hold one label an image. Received: {received}."
        raise ArgumentError(message)
    if labels.ndim == 2:
        one_hot = ((labels == 0) | (labels == 1)).all() and (labels.sum(1) == 1).all()
        if not one_hot:
            message = f"`{argument}` must hold one-hot rows of one 1 each. Received: {received}."
            raise ArgumentError(message)
        return np.asarray(labels.argmax(1), np.int64)
    if labels.dtype.kind not in "uif" or not (np.mod(labels, 1) == 0).all() or labels.min() < 0:
        message = f"`{argument}` must hold labels 0, 1, 2, ... Received: {received}."
        raise ArgumentError(message)
    return np.asarray(labels, np.int64)
