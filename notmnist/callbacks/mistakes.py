"""The images a model gets most confidently wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from notmnist.errors import invalid

__all__ = ["MistakeFrame", "batches", "worst"]

_RULE = "be arrays (images, labels), or batches of them that can be run through more than once"


@dataclasses.dataclass(frozen=True)
class MistakeFrame:
    """The worst mistakes at the end of an epoch, the most confident first.

    Attributes:
        step: Optimizer steps done.
        epoch: The epoch that had just ended, 1 for the first.
        logs: What Keras had logged at its end.
        images: The images as they were given, shape (n, height, width, channels).
        true: int64, shape (n,): their labels.
        predicted: int64, shape (n,): what the model said; -1 where it said NaN.
        confidence: float64, shape (n,): the probability it gave to that, in [0, 1].
        wrong: How many images in all were wrong.
        total: Of how many.
    """

    step: int
    epoch: int
    logs: Mapping[str, float]
    images: NDArray[Any]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    wrong: int
    total: int


def batches(data: Any, batch_size: int = 1000) -> Iterator[tuple[NDArray[Any], NDArray[np.int64]]]:
    """Yield images of shape (n, height, width, channels) and integer labels of shape (n,).

    Args:
        data: As the argument `validation_data` of `fit`.
        batch_size: Images at a time, where they are one array.

    Raises:
        ArgumentError: If the data are not of that kind.
    """
    if isinstance(data, tuple | list) and len(data) in (2, 3) and hasattr(data[0], "shape"):
        images, labels = data[0], data[1]
        for start in range(0, len(images), batch_size):
            end = start + batch_size
            yield _images(images[start:end]), _labels(labels[start:end])
        return
    for batch in _each(data):
        if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
            raise invalid("data", data, _RULE)
        yield _images(batch[0]), _labels(batch[1])


def worst(model: Any, data: Any, count: int, steps: int | None = None) -> dict[str, Any]:
    """Return the mistakes of a model, as the arguments of `MistakeFrame` from `images` on.

    Args:
        model: A model that returns probabilities or logits of shape (n, classes).
        data: As for `batches`.
        count: The most mistakes to return.
        steps: The most batches to look at, None for all.
    """
    kept: list[NDArray[Any]] | None = None
    wrong = total = 0
    for number, (images, true) in enumerate(batches(data)):
        if number == steps:
            break
        predicted, confidence = _predict(model, images)
        miss = np.flatnonzero(predicted != true)
        wrong += len(miss)
        total += len(true)
        found = [array[miss] for array in (images, true, predicted, confidence)]
        if kept is not None:
            found = [np.concatenate(pair) for pair in zip(kept, found, strict=True)]
        order = np.argsort(-found[3], kind="stable")[:count]
        kept = [array[order] for array in found]
    if kept is None:
        raise invalid("data", data, "have at least one batch")
    names = ("images", "true", "predicted", "confidence")
    return {**dict(zip(names, kept, strict=True)), "wrong": wrong, "total": total}


def _predict(model: Any, images: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    # Not predict_on_batch: under tf.distribute that runs a whole batch on every replica.
    scores = keras.ops.convert_to_numpy(model(images, training=False)).astype(np.float64)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise invalid("model", model.name, "return one score a class, shape (n, classes)")
    sums = scores.sum(axis=1)
    if not ((scores >= 0).all() and np.allclose(sums, 1, atol=1e-2)):
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
    lost = np.isnan(scores).any(axis=1)
    predicted = np.where(lost, -1, scores.argmax(axis=1))
    return predicted, np.where(lost, 0, scores.max(axis=1))


def _each(data: Any) -> Iterator[Any]:
    if isinstance(data, keras.utils.PyDataset):
        for number in range(len(data)):
            yield data[number]
        return
    if hasattr(data, "cardinality") and int(data.cardinality()) == -1:
        raise invalid("data", data, "end, and this tf.data.Dataset repeats for ever")
    if not hasattr(data, "__iter__") or isinstance(data, str | bytes) or hasattr(data, "__next__"):
        raise invalid("data", data, _RULE)
    yield from data


def _images(images: Any) -> NDArray[Any]:
    array = np.asarray(keras.ops.convert_to_numpy(images))
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim != 4 or array.shape[3] not in (1, 3):
        rule = "have images of shape (n, height, width) or (n, height, width, 1 or 3)"
        raise invalid("data", array.shape, rule)
    return array


def _labels(labels: Any) -> NDArray[np.int64]:
    array = np.asarray(keras.ops.convert_to_numpy(labels))
    if array.ndim == 2 and array.shape[1] > 1:
        array = array.argmax(axis=1)
    return array.reshape(-1).astype(np.int64)
