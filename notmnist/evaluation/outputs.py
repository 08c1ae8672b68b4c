"""What a classifier says of images: probabilities and logits, from Keras or scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from notmnist.errors import ArgumentError, invalid

__all__ = ["logits", "probabilities"]

Floats = npt.NDArray[np.float64]
_ADVICE = "Give a Keras model, notmnist.models.baseline(), or a classifier with predict_proba."


def probabilities(
    argument: str, model: Any, images: npt.NDArray[Any], classes: int, batch_size: int = 512
) -> Floats:
    """Return the probability of each class for each image.

    Args:
        argument: What the caller calls `model`, for messages.
        model: A Keras model whose output is a softmax or logits, or a classifier with
            `predict_proba`. A classifier of scikit-learn's own, or a pipeline of such, that was
            fitted on rows of pixels is given rows of `(pixel - 127.5) / 255`; another one is given
            the images.
        images: Array of shape `(rows, height, width)` or `(rows, height, width, channels)`.
        classes: How many classes labels may name; an estimator that knows fewer gives 0 for others.
        batch_size: Images at a time.

    Returns:
        float64 array of shape `(rows, columns)`, 0 to 1, each row of sum 1.

    Raises:
        ArgumentError: `model` is no classifier, or images or outputs have another shape, or an
            output is not a probability.
    """
    if _is_keras(model):
        outputs = _keras_outputs(argument, model, images, batch_size)
        if not _ends_in_softmax(model, outputs):
            outputs = special.softmax(outputs, axis=1)
    elif callable(getattr(model, "predict_proba", None)):
        model = getattr(model, "classifier", model)  # models.baseline() wraps scikit-learn's
        outputs = _sklearn(argument, model, "predict_proba", images)
        outputs = _all_classes(model, outputs, classes)
    else:
        raise invalid(argument, model, "be a classifier", _ADVICE)
    _check(argument, outputs, len(images))
    if (outputs < 0).any() or (abs(outputs.sum(1) - 1) > 1e-2).any():
        message = (
            f"`{argument}` must give probabilities of sum 1. Received: values from "
            f"{outputs.min():g} to {outputs.max():g}, sums from {outputs.sum(1).min():g} to "
            f"{outputs.sum(1).max():g}."
        )
        raise ArgumentError(message)
    outputs /= outputs.sum(1, keepdims=True)  # float32's and float16's rounding
    return outputs


def logits(argument: str, model: Any, images: npt.NDArray[Any], batch_size: int = 512) -> Floats:
    """Return the logits, that is what the softmax is taken of.

    Args:
        argument: As for `probabilities`.
        model: A Keras model that ends in logits, or has a layer called "logits" before its softmax;
            or a classifier with `decision_function`, one column a class.
        images: As for `probabilities`.
        batch_size: Images at a time.

    Returns:
        float64 array of shape `(rows, columns)`.

    Raises:
        ArgumentError: As for `probabilities`, or no logits can be found.
    """
    if _is_keras(model):
        names = [layer.name for layer in getattr(model, "layers", [])]
        if "logits" in names:
            import keras

            inner = keras.Model(model.input, model.get_layer("logits").output)
            outputs = _keras_outputs(argument, inner, images, batch_size)
        else:
            outputs = _keras_outputs(argument, model, images, batch_size)
            if _ends_in_softmax(model, outputs):
                message = (
                    f"`{argument}` must have a layer called 'logits' before its softmax, or end in "
                    f"logits. Received: a model with the layers {names}. Call the last Dense layer "
                    "'logits' and let an Activation('softmax') follow it."
                )
                raise ArgumentError(message)
    elif callable(getattr(model := getattr(model, "classifier", model), "decision_function", None)):
        outputs = _sklearn(argument, model, "decision_function", images)
    else:
        advice = "Give a Keras model, or a classifier with decision_function."
        raise invalid(argument, model, "be a classifier that has logits", advice)
    _check(argument, outputs, len(images))
    return outputs


def _is_keras(model: Any) -> bool:
    import sys

    keras = sys.modules.get("keras")  # where Keras is not imported, nothing is a Keras model
    return keras is not None and isinstance(model, keras.Model)


def _keras_outputs(argument: str, model: Any, images: npt.NDArray[Any], batch_size: int) -> Floats:
    expected = tuple(model.input_shape[1:])
    given = images.shape[1:]
    if None not in expected and expected != given:
        if np.prod(expected) != np.prod(given):
            message = (
                f"`{argument}` must take images of the data's shape. Received: a model for "
                f"{expected} and images of {given}."
            )
            raise ArgumentError(message)
        images = images.reshape(len(images), *expected)
    return np.asarray(model.predict(images, batch_size=batch_size, verbose=0), np.float64)


def _ends_in_softmax(model: Any, outputs: Floats) -> bool:
    """Say whether outputs are probabilities: by the last layer, or by their looks."""
    import keras

    last = model.layers[-1] if getattr(model, "layers", None) else None
    if isinstance(last, keras.layers.Softmax):
        return True
    activation = getattr(last, "activation", None)
    if activation in (keras.activations.softmax, keras.activations.linear):
        return bool(activation is keras.activations.softmax)
    return bool((outputs >= 0).all() and np.allclose(outputs.sum(-1), 1, atol=1e-2))


def _sklearn(argument: str, model: Any, method: str, images: npt.NDArray[Any]) -> Floats:
    pixels = int(np.prod(images.shape[1:]))
    own = type(model).__module__.partition(".")[0] == "sklearn"
    width = getattr(model, "n_features_in_", None) if own else None
    if own and width is not None:
        if width != pixels:
            message = (
                f"`{argument}` must have been fitted on images of the data's shape. Received: a "
                f"classifier of {width} features and images of {images.shape[1:]}."
            )
            raise ArgumentError(message)
        images = (images.reshape(len(images), -1).astype(np.float32) - 127.5) / 255
    return np.asarray(getattr(model, method)(images), np.float64)


def _all_classes(model: Any, outputs: Floats, classes: int) -> Floats:
    """Put the columns of an estimator that was fitted on some classes only at their labels."""
    known = getattr(model, "classes_", None)
    if known is None or outputs.ndim != 2 or outputs.shape[1] != len(known):
        return outputs
    known = np.asarray(known)
    if known.dtype.kind not in "iu" or np.array_equal(known, np.arange(len(known))):
        return outputs
    wide = np.zeros((len(outputs), max(classes, int(known.max()) + 1)))
    wide[:, known] = outputs
    return wide


def _check(argument: str, outputs: Floats, rows: int) -> None:
    if outputs.ndim != 2 or len(outputs) != rows or outputs.shape[1] < 2:
        message = (
            f"`{argument}` must give a column for each of two or more classes. Received: outputs "
            f"of shape {outputs.shape} for {rows} images."
        )
        raise ArgumentError(message)
    if not np.isfinite(outputs).all():
        bad = int((~np.isfinite(outputs)).any(1).sum())
        message = (
            f"`{argument}` must give finite numbers. Received: NaN or infinity for {bad} of {rows} "
            "images. Did its training diverge?"
        )
        raise ArgumentError(message)
