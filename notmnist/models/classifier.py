"""What the factories share: the input, the output, compilation, and checks of arguments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras

from notmnist.errors import ArgumentError, invalid, one_of
from notmnist.models.weights import give

__all__ = ["finish", "image_input", "l2_penalties", "penalty", "per_layer", "sgd"]

_LOSSES = {"int": keras.losses.SparseCategoricalCrossentropy,
           "categorical": keras.losses.CategoricalCrossentropy}  # fmt: skip
_ACTIVATIONS = ("softmax", None)


def image_input(input_shape: Sequence[int]) -> tuple[Any, Any]:
    """Return the symbolic uint8 input and the pixels scaled to [-0.5, 0.5].

    The scale is the article's, (x - 127.5) / 255.
    """
    shape = tuple(input_shape)
    if len(shape) != 3 or not all(isinstance(n, int) and n > 0 for n in shape):
        rule = "be three positive integers: height, width, channels"
        raise invalid("input_shape", input_shape, rule)
    inputs = keras.Input(shape, dtype="uint8", name="image")
    return inputs, keras.layers.Rescaling(1 / 255, offset=-0.5, name="rescale")(inputs)


def finish(
    inputs: Any,
    features: Any,
    *,
    l2: float,
    kernel_initializer: Any,
    classes: int,
    classifier_activation: str | None,
    label_mode: str,
    optimizer: Any,
    steps_per_execution: int,
    compile: bool,
    name: str,
    weights: str | os.PathLike[str] | None,
    factory: str,
) -> Any:
    """Return the model that ends in a dense layer `logits` on `features`, compiled if asked.

    `weights` are those of the factory called `factory`.
    """
    if isinstance(classes, bool) or not isinstance(classes, int) or classes < 2:
        raise invalid("classes", classes, "be an integer of 2 or more")
    if classifier_activation not in _ACTIVATIONS:
        raise invalid("classifier_activation", classifier_activation, one_of(_ACTIVATIONS))
    if label_mode not in _LOSSES:
        raise invalid("label_mode", label_mode, one_of(_LOSSES))
    outputs = keras.layers.Dense(
        classes,
        kernel_initializer=keras.initializers.get(kernel_initializer),
        kernel_regularizer=penalty(l2),
        name="logits",
    )(features)
    if classifier_activation is not None:
        outputs = keras.layers.Activation(classifier_activation, name="probabilities")(outputs)
    model = keras.Model(inputs, outputs, name=name)
    give(model, weights, factory)
    if compile:
        model.compile(
            optimizer=keras.optimizers.get(optimizer),
            loss=_LOSSES[label_mode](from_logits=classifier_activation is None),
            metrics=["accuracy"],
            steps_per_execution=steps_per_execution,
        )
    return model


def sgd() -> Any:
    """Return the optimiser of the factories where none is given."""
    return keras.optimizers.SGD(0.05, momentum=0.9)


def penalty(l2: float) -> Any:
    """Return Keras's regularizer λ Σ w², or None for λ = 0, which costs nothing."""
    return keras.regularizers.L2(l2) if l2 else None


def l2_penalties(l2: float | Sequence[float], kernels: int) -> list[float]:
    """Return one λ a kernel out of one for all or one each.

    Raises:
        ArgumentError: A λ is negative or no number, or there are not as many as kernels.
    """
    values = per_layer("l2", l2, kernels)
    for value in values:
        if not 0 <= value < float("inf"):
            raise invalid("l2", l2, "be 0 or more")
    return values


def per_layer(argument: str, value: float | Sequence[float], layers: int) -> list[float]:
    """Return `value` for each of so many layers, or the values it has for them.

    Raises:
        ArgumentError: It is neither a number nor one number a layer.
    """
    values: list[Any] = list(value) if isinstance(value, (list, tuple)) else [value] * layers
    try:
        numbers = [float(number) for number in values]
    except (TypeError, ValueError):
        raise _not_per_layer(argument, value, layers) from None
    if len(numbers) != layers:
        raise _not_per_layer(argument, value, layers)
    return numbers


def _not_per_layer(argument: str, value: Any, layers: int) -> ArgumentError:
    return invalid(argument, value, f"be a number, or {layers} numbers, one a layer")
