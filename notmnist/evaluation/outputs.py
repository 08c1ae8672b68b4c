"""The outputs of a classifier: probabilities and logits, from Keras or scikit-learn."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from notmnist.errors import ArgumentError, invalid, warn

__all__ = ["MIDDLE", "SPREAD", "as_rows", "keras_probabilities", "logits", "probabilities"]

MIDDLE, SPREAD = 127.5, 255.0
"""Models compute with (pixel - MIDDLE) / SPREAD, from -0.5 to 0.5, as the tutorial does."""

Floats = npt.NDArray[np.float64]
Images = npt.NDArray[Any]
_ADVICE = "Give a Keras model, notmnist.models.baseline(), or a classifier with predict_proba."


def probabilities(
    argument: str, model: Any, images: Images, classes: int, batch_size: int = 512
) -> Floats:
    """Return the probability of each class, float64, `(rows, columns)`; each row sums to 1.

    `argument` is the name in error messages of `model`: a Keras model that ends in a softmax or in
    logits, or a classifier with `predict_proba`. scikit-learn's own classifiers that were fitted on
    rows are given what `as_rows` returns, others the images. If an estimator knows fewer than
    `classes`, the probability of the others is 0.
    """
    if _is_keras(model):
        outputs = keras_probabilities(argument, model, images, batch_size)
    elif callable(getattr(model, "predict_proba", None)):
        outputs = _sklearn(argument, model, "predict_proba", images)
        outputs = _all_classes(model, outputs, classes)
    else:
        raise invalid(argument, model, "be a classifier", _ADVICE)
    _check(argument, outputs, len(images))
    sums = outputs.sum(1, keepdims=True)
    if (outputs < 0).any() or (abs(sums - 1) > 1e-2).any():
        message = (
            f"`{argument}` must give probabilities that sum to 1. Received: values from "
            f"{outputs.min():g} to {outputs.max():g}, sums from {sums.min():g} to {sums.max():g}."
        )
        raise ArgumentError(message)
    return np.asarray(outputs / sums)  # float32's and float16's rounding


def keras_probabilities(argument: str, model: Any, images: Images, batch_size: int = 512) -> Floats:
    """Return the probabilities of a Keras model; NaN stays NaN."""
    outputs = _keras_outputs(argument, model, images, batch_size)
    return outputs if _ends_in_softmax(model, outputs) else special.softmax(outputs, axis=1)


def logits(argument: str, model: Any, images: Images, batch_size: int = 512) -> Floats:
    """Return the inputs of the softmax, float64, `(rows, columns)`; see `probabilities`."""
    if _is_keras(model):
        names = [layer.name for layer in getattr(model, "layers", [])]
        if "logits" in names:
            import keras

            model = keras.Model(model.input, model.get_layer("logits").output)
        outputs = _keras_outputs(argument, model, images, batch_size)
        if "logits" not in names and _ends_in_softmax(model, outputs):
            message = (
                f"`{argument}` must have a layer called 'logits' before its softmax, or end in "
                f"logits. Received: a model with the layers {names}. Call the last Dense layer "
                "'logits' and add an Activation('softmax') after it."
            )
            raise ArgumentError(message)
    elif callable(getattr(model, "decision_function", None)):
        outputs = _sklearn(argument, model, "decision_function", images)
    else:
        advice = "Give a Keras model, or a classifier with decision_function."
        raise invalid(argument, model, "be a classifier that has logits", advice)
    _check(argument, outputs, len(images))
    return outputs


def as_rows(images: Images) -> npt.NDArray[np.float32]:
    """Return images of 0 to 255 as rows, scaled for the models, float32, `(rows, pixels)`."""
    _warn_of_rescaled(images)
    rows = images.reshape(len(images), -1).astype(np.float32)
    return (rows - np.float32(MIDDLE)) / np.float32(SPREAD)


def _is_keras(model: Any) -> bool:
    keras = sys.modules.get("keras")  # if Keras is not imported, nothing is a Keras model
    return keras is not None and isinstance(model, keras.Model)


def _keras_outputs(argument: str, model: Any, images: Images, batch_size: int) -> Floats:
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
    if any(getattr(layer, "scale", None) == 1 / SPREAD for layer in model.layers):
        _warn_of_rescaled(images)
    return np.asarray(model.predict(images, batch_size=batch_size, verbose=0), np.float64)


def _warn_of_rescaled(images: Images) -> None:
    """Warn about pixels that were already divided by 255, for a model that rescales them."""
    if images.dtype.kind == "f" and images.size and images.min() >= 0 and images.max() <= 1:
        message = (
            "The images are floats from 0 to 1, but this model rescales pixels of 0 to 255 by "
            "itself: it sees nearly blank images. Give the images without dividing them by 255."
        )
        warn(message)


def _ends_in_softmax(model: Any, outputs: Floats) -> bool:
    """Return whether outputs are probabilities, judging by the last layer or their values."""
    import keras

    last = model.layers[-1] if getattr(model, "layers", None) else None
    if isinstance(last, keras.layers.Softmax):
        return True
    activation = getattr(last, "activation", None)
    if activation in (keras.activations.softmax, keras.activations.linear):
        return bool(activation is keras.activations.softmax)
    return bool((outputs >= 0).all() and np.allclose(outputs.sum(-1), 1, atol=1e-2))


def _sklearn(argument: str, model: Any, method: str, images: Images) -> Floats:
    pixels = int(np.prod(images.shape[1:]))
    own = type(model).__module__.partition(".")[0] == "sklearn"
    width = getattr(model, "n_features_in_", None) if own else None
    if width is not None:
        if width != pixels:
            message = (
                f"`{argument}` must have been fitted on images of the data's shape. Received: a "
                f"classifier of {width} features and images of {images.shape[1:]}."
            )
            raise ArgumentError(message)
        images = as_rows(images)
    return np.asarray(getattr(model, method)(images), np.float64)


def _all_classes(model: Any, outputs: Floats, classes: int) -> Floats:
    """Move the columns of an estimator that was fitted on only some classes to their labels."""
    known = np.asarray(getattr(model, "classes_", ()))
    if outputs.ndim != 2 or outputs.shape[1] != len(known) or known.dtype.kind not in "iu":
        return outputs
    if np.array_equal(known, np.arange(len(known))):
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
    bad = int((~np.isfinite(outputs)).any(1).sum())
    if bad:
        message = (
            f"`{argument}` must give finite numbers. Received: NaN or infinity for {bad} of {rows} "
            "images. The training may have diverged."
        )
        raise ArgumentError(message)
