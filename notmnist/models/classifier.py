"""The first and last layers of every model, and the arguments that all models share."""

from __future__ import annotations

import inspect
import numbers
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import keras

from notmnist.errors import invalid, one_of
from notmnist.evaluation.outputs import MIDDLE, SPREAD
from notmnist.models.weights.files import give

__all__ = [
    "check_positive",
    "classify",
    "documented",
    "image_input",
    "penalties",
    "rates",
    "widths",
]

F = TypeVar("F", bound=Callable[..., Any])  # so that editors still see the function's signature

_LOSSES = {
    "int": keras.losses.SparseCategoricalCrossentropy,
    "categorical": keras.losses.CategoricalCrossentropy,
}
_ACTIVATIONS = ("softmax", None)
_SHARED = {
    "{arguments}": """
classes: The number of classes, 2 or more.
input_shape: Height, width and channels of the images.
classifier_activation: "softmax" for probabilities, None for logits.
label_mode: "int" for labels 0, 1, ...; "categorical" for one-hot labels. If `fit` complains about
    the rank of its target, use the other one.
optimizer: As for `keras.Model.compile`; None for {optimizer}.
steps_per_execution: As for `keras.Model.compile`, 1 or more. Above 1, `fit` on TensorFlow is
    faster, and Keras rounds `steps_per_epoch` up to a multiple; PyTorch supports only 1.
compile: Whether to compile the model with cross-entropy and accuracy.
weights: None for random weights; "open" for weights trained on the edition `open`, which fit the
    default architecture; or the path of a file written by `models.weights.save`. With "open" and
    `classes` other than 10, the output layer gets random weights.
name: The model's name.
""",
    "{errors}": """
ArgumentError: An argument has an invalid value, or the weights do not fit the model.
ValueError: Keras does not accept an argument that is passed on to it, such as `optimizer`.
ArchiveError: The file of weights cannot be read; `MissingSourceError` if it does not exist.
IntegrityError: The weights in the package differ from those that were shipped.
""",
}


def documented(optimizer: str = "SGD with learning rate 0.05 and momentum 0.9") -> Callable[[F], F]:
    """Add the shared arguments and errors to a factory's docstring, with its default optimizer."""

    def fill(factory: F) -> F:
        text = inspect.getdoc(factory) or ""  # python -OO strips docstrings
        for mark, lines in _SHARED.items():
            indented = lines.strip().format(optimizer=optimizer).replace("\n", "\n    ")
            text = text.replace(mark, indented)
        factory.__doc__ = text
        return factory

    return fill


def image_input(input_shape: Sequence[int]) -> tuple[Any, Any]:
    """Return the symbolic uint8 input and the pixels scaled to [-0.5, 0.5]."""
    shape = tuple(input_shape) if isinstance(input_shape, Sequence) else ()
    if len(shape) != 3 or not all(isinstance(n, int) and n > 0 for n in shape):
        rule = "be three positive integers: height, width, channels"
        raise invalid("input_shape", input_shape, rule)
    inputs = keras.Input(shape, dtype="uint8", name="image")
    scaled = keras.layers.Rescaling(1 / SPREAD, offset=-MIDDLE / SPREAD, name="rescale")
    return inputs, scaled(inputs)


def classify(
    inputs: Any,
    features: Any,
    *,
    factory: str,
    penalty: Any,
    kernel_initializer: Any,
    classes: int,
    classifier_activation: str | None,
    label_mode: str,
    optimizer: Any,
    steps_per_execution: int,
    compile: bool,
    weights: str | os.PathLike[str] | None,
    name: str,
) -> Any:
    """Return a model with the dense layer "logits" on top of `features`, compiled on request."""
    if isinstance(classes, bool) or not isinstance(classes, int) or classes < 2:
        raise invalid("classes", classes, "be an integer of at least 2")
    check_positive("steps_per_execution", steps_per_execution)
    if classifier_activation not in _ACTIVATIONS:
        raise invalid("classifier_activation", classifier_activation, one_of(_ACTIVATIONS))
    if label_mode not in tuple(_LOSSES):
        raise invalid("label_mode", label_mode, one_of(_LOSSES))
    initializer = keras.initializers.get(kernel_initializer)
    outputs = keras.layers.Dense(
        classes, kernel_initializer=initializer, kernel_regularizer=penalty, name="logits"
    )(features)
    if classifier_activation is not None:
        outputs = keras.layers.Activation(classifier_activation, name="probabilities")(outputs)
    model = keras.Model(inputs, outputs, name=name)
    give(model, weights, factory)
    if compile:
        model.compile(
            optimizer=keras.optimizers.get(optimizer or keras.optimizers.SGD(0.05, momentum=0.9)),
            loss=_LOSSES[label_mode](from_logits=classifier_activation is None),
            metrics=["accuracy"],
            steps_per_execution=steps_per_execution,
        )
    return model


def check_positive(argument: str, value: int) -> None:
    """Check that `value` is a positive integer."""
    if type(value) is not int or value < 1:
        raise invalid(argument, value, "be a positive integer")


def penalties(l2: float | Sequence[float], kernels: int) -> list[Any]:
    """Return the regularizer l2 · Σ w² for each kernel; None, which is faster, for 0."""
    values = _each("l2", l2, kernels, "kernel")
    if not all(0 <= value < float("inf") for value in values):
        raise invalid("l2", l2, "be 0 or more")
    return [keras.regularizers.L2(value) if value else None for value in values]


def rates(dropout: float | Sequence[float], layers: int) -> list[float]:
    """Return the fraction of units that each layer drops."""
    values = _each("dropout", dropout, layers, "layer")
    if not all(0 <= value < 1 for value in values):
        raise invalid("dropout", dropout, "be at least 0 and less than 1")
    return values


def widths(argument: str, value: int | Sequence[int]) -> list[int]:
    """Return the units or filters of each layer."""
    values: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
    if not values or not all(type(n) is int and n > 0 for n in values):
        raise invalid(argument, value, "be one or more positive integers")
    return values


def _each(argument: str, value: float | Sequence[float], layers: int, what: str) -> list[float]:
    """Return one number for each layer; `value` is one for all of them, or one for each."""
    values: list[Any] = list(value) if isinstance(value, list | tuple) else [value] * layers
    real = all(isinstance(n, numbers.Real) and not isinstance(n, bool) for n in values)
    if not real or len(values) != layers:
        several = f" or a list of {layers} numbers, one per {what}" if layers > 1 else ""
        raise invalid(argument, value, f"be a number{several}")
    return [float(number) for number in values]
