"""Examples as arrays, read in one pass from what `load` returns or from plain arrays."""

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

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Images, `(rows, height, width)` or with channels, with labels, fonts and class names."""

    images: npt.NDArray[Any]
    labels: Labels  # empty if they were not asked for
    fonts: Sequence[str] | None  # None if the font of each row is not known
    class_names: tuple[str, ...]


def read_examples(argument: str, data: Any, *, labelled: bool = True) -> Examples:
    """Read all examples of `data` in one pass; `argument` is its name in error messages.

    It is one of these:

    - batches, as a `tf.data.Dataset`, a `keras.utils.PyDataset` or another iterable: tuples of
      images and labels, tuples of images, labels and weights, or images alone;
    - one such tuple;
    - one array of images.

    Labels are whole numbers, `(rows,)` or `(rows, 1)`, or one-hot; they are read
    only if `labelled`. Fonts are kept only if `data.shuffled` is False.
    """
    batches = [_read(argument, batch, labelled) for batch in _batches(argument, data)]
    if not sum(len(images) for images, _ in batches):
        raise ArgumentError(f"`{argument}` must contain at least one example. Received: none.")
    shapes = {images.shape[1:] for images, _ in batches}
    if len(shapes) > 1:
        message = f"`{argument}` must give batches of the same shape. Received: {sorted(shapes)}."
        raise ArgumentError(message)
    images = _join([images for images, _ in batches])
    labels = _join([labels for _, labels in batches])
    fonts = getattr(data, "fonts", None) if getattr(data, "shuffled", None) is False else None
    if fonts is not None and len(fonts) < len(images):
        fonts = None  # repeated or joined since: the rows no longer match
    names = tuple(getattr(data, "class_names", None) or CLASS_NAMES)
    return Examples(images, labels, fonts, names)


def _batches(argument: str, data: Any) -> Iterable[Any]:
    pair = isinstance(data, tuple) and len(data) in (2, 3) and not isinstance(data[0], tuple)
    if isinstance(data, np.ndarray) or pair:
        return [data]
    if not hasattr(data, "__iter__") and hasattr(data, "num_batches"):  # a bare PyDataset
        return (data[number] for number in range(len(data)))
    if not isinstance(data, Iterable) or isinstance(data, str | bytes | dict):
        raise invalid(argument, data, "be batches of images and labels, or a pair of arrays")
    if _endless(data):
        message = f"`{argument}` must end. Received: batches that repeat. Load with repeat=False."
        raise ArgumentError(message)
    return data


def _endless(data: Any) -> bool:
    """Return whether batches are known to repeat endlessly."""
    if hasattr(data, "cardinality"):
        return int(data.cardinality()) == _TF_INFINITE
    try:
        len(data)
    except TypeError:
        return hasattr(data, "__len__")
    return False


def _read(argument: str, batch: Any, labelled: bool) -> tuple[npt.NDArray[Any], Labels]:
    """Return a batch's images as given, and its labels, or none unless `labelled`."""
    parts = batch if isinstance(batch, tuple | list) else (batch,)
    images = np.asarray(parts[0])
    _check_images(argument, images, single=len(parts) > 1 and np.ndim(parts[1]) == 0)
    if not labelled:
        return images, np.empty(0, np.int64)
    if len(parts) == 1:
        message = (
            f"`{argument}` must contain labels. Received: images only. Give pairs of images and "
            "labels; notmnist.load does unless label_mode=None."
        )
        raise ArgumentError(message)
    return images, _labels(argument, np.asarray(parts[1]), len(images))


def _join(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _check_images(argument: str, images: npt.NDArray[Any], *, single: bool) -> None:
    if images.ndim not in (3, 4) or single:
        message = (
            f"`{argument}` must give batches of images, (batch, height, width) or (batch, height, "
            f"width, channels). Received: an array of shape {images.shape}. A single example is "
            "not a batch: load with a batch_size."
        )
        raise ArgumentError(message)
    if images.dtype.kind not in "uif" or not np.isfinite(images).all():
        message = (
            f"`{argument}` must contain finite numbers as pixels. Received: an array of "
            f"{images.dtype}{' with NaN or infinity' if images.dtype.kind == 'f' else ''}."
        )
        raise ArgumentError(message)


def _labels(argument: str, labels: npt.NDArray[Any], rows: int) -> Labels:
    """Return labels as whole numbers, given whole numbers or one-hot rows."""
    received = f"labels of shape {labels.shape} and type {labels.dtype} for {rows} images"
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim not in (1, 2) or len(labels) != rows:
        message = f"`{argument}` must contain one label per image. Received: {received}."
        raise ArgumentError(message)
    if labels.ndim == 2:
        if not (((labels == 0) | (labels == 1)).all() and (labels.sum(1) == 1).all()):
            message = f"`{argument}` must contain one-hot rows, a 1 in each. Received: {received}."
            raise ArgumentError(message)
        labels = labels.argmax(1)
    elif labels.dtype.kind not in "uif" or (labels % 1 != 0).any() or (labels < 0).any():
        message = f"`{argument}` must contain labels 0, 1, 2, ... Received: {received}."
        raise ArgumentError(message)
    return labels.astype(np.int64)
