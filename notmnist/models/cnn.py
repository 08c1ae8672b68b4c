"""A small convolutional network with batch normalisation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras

from notmnist.errors import invalid, one_of
from notmnist.models.classifier import classify, documented, image_input, penalties, rates, widths
from notmnist.models.weights import give

__all__ = ["cnn"]

_POOLINGS = {
    "avg": keras.layers.GlobalAveragePooling2D,
    "max": keras.layers.GlobalMaxPooling2D,
}


@documented("AdamW with learning rate 0.002 and weight decay 0.02")
def cnn(  # noqa: D417 - the decorator writes the others
    *,
    filters: int | Sequence[int] = (32, 64, 64, 128, 128),
    units: int = 256,
    l2: float | Sequence[float] = 0.0,
    dropout: float = 0.3,
    classes: int = 10,
    input_shape: Sequence[int] = (28, 28, 1),
    include_top: bool = True,
    pooling: str | None = None,
    classifier_activation: str | None = "softmax",
    label_mode: str = "int",
    optimizer: Any = None,
    steps_per_execution: int = 1,
    compile: bool = True,
    weights: str | os.PathLike[str] | None = None,
    name: str = "cnn",
) -> keras.Model:
    """Return a convolutional network: 3×3 convolutions, a dense layer, the classes.

    The second, fourth, ... convolution halves height and width; a pooling layer does it once more.

    Args:
        filters: The filters of each convolution, at least one.
        units: Units of the dense layer.
        l2: λ of the penalty λ Σ w² on every kernel, 0 or more; or one for each kernel, that of
            the dense layer and of the output last.
        dropout: The share of units that `fit` drops before and after the dense layer, 0 up to
            but not including 1.
        include_top: Whether the model ends in the dense layer and the classes. Without them it ends
            in the features of the last convolution, to be the base of a model of your own, and
            is not compiled.
        pooling: Without the top: "avg" or "max" over height and width, None for neither.
        {arguments}

    Returns:
        A `keras.Model`: images, uint8, (batch, *input_shape), 0 to 255, to float32,
        (batch, classes). 806,314 parameters by default. Without the top, to features, by default
        (batch, 4, 4, 128), or (batch, 128) with pooling.

    Raises:
        {errors}

    Note:
        After Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
        recognition", 2014, but far smaller, with strides for most of the pooling and with batch
        normalisation: Ioffe and Szegedy, "Batch normalization", 2015.

    Example:
        >>> model = notmnist.models.cnn(filters=(8, 16), units=32)
        >>> [layer.name for layer in model.layers if "conv" in layer.name]
        ['conv_1', 'conv_1_norm', 'conv_1_relu', 'conv_2', 'conv_2_norm', 'conv_2_relu']
    """
    depths = widths("filters", filters)
    if type(units) is not int or units < 1:
        raise invalid("units", units, "be a positive integer")
    if pooling is not None and (include_top or pooling not in _POOLINGS):
        raise invalid("pooling", pooling, f"be None, or with include_top=False {one_of(_POOLINGS)}")
    (rate,) = rates(dropout, 1)
    *conv_penalties, hidden_penalty, penalty = penalties(l2, len(depths) + 2)
    inputs, x = image_input(input_shape)
    for number, depth in enumerate(depths, start=1):
        x = keras.layers.Conv2D(
            depth,
            3,
            strides=1 if number % 2 else 2,
            padding="same",
            use_bias=False,
            kernel_regularizer=conv_penalties[number - 1],
            name=f"conv_{number}",
        )(x)
        x = _normalised(x, f"conv_{number}")
    x = keras.layers.MaxPooling2D(padding="same", name="pool")(x)
    if not include_top:
        x = _POOLINGS[pooling](name="features")(x) if pooling else x
        model = keras.Model(inputs, x, name=name)
        give(model, weights, "cnn", include_top=False)
        return model
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dropout(rate, name="dropout_1")(x)
    x = keras.layers.Dense(units, use_bias=False, kernel_regularizer=hidden_penalty, name="hidden")(
        x
    )
    x = _normalised(x, "hidden")
    x = keras.layers.Dropout(rate, name="dropout_2")(x)
    return classify(
        inputs,
        x,
        factory="cnn",
        penalty=penalty,
        kernel_initializer="glorot_uniform",
        classes=classes,
        classifier_activation=classifier_activation,
        label_mode=label_mode,
        optimizer=optimizer or keras.optimizers.AdamW(0.002, weight_decay=0.02),
        steps_per_execution=steps_per_execution,
        compile=compile,
        weights=weights,
        name=name,
    )


def _normalised(x: Any, name: str) -> Any:
    x = keras.layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
    return keras.layers.Activation("relu", name=f"{name}_relu")(x)
