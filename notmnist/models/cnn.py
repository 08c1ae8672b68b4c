"""A small residual network with batch normalisation."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from notmnist.errors import invalid, one_of
from notmnist.models.classifier import (
    check_positive,
    classify,
    documented,
    image_input,
    penalties,
    rates,
    widths,
)
from notmnist.models.weights.files import give

__all__ = ["cnn"]

_POOLINGS = {
    "avg": keras.layers.GlobalAveragePooling2D,
    "max": keras.layers.GlobalMaxPooling2D,
}


@documented("AdamW with learning rate 0.002 and weight decay 0.02")
def cnn(  # noqa: D417 - the decorator documents the shared arguments
    *,
    filters: int | Sequence[int] = (32, 64, 128),
    blocks: int = 2,
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
    """Return a residual network: 3×3 convolutions, a dense layer, an output layer.

    The first convolution keeps height and width. For each further number of filters, a convolution
    halves them, and residual blocks of two convolutions each follow. A pooling layer halves them
    once more.

    Args:
        filters: The filters of the first convolution, and of the convolutions after each halving.
        blocks: Residual blocks after each halving, 0 or more. With 0, the network is a plain stack
            of convolutions.
        units: Units of the dense layer.
        l2: Factor of the penalty l2 · Σ w² on every kernel, 0 or more; or one for each kernel, in
            the order of the layers.
        dropout: The share of units that `fit` drops before and after the dense layer, 0 up to
            but not including 1.
        include_top: Whether to include the dense layer and the output layer. Without them, the
            model returns features, as the base of your own model, and is not compiled.
        pooling: With `include_top=False`, "avg" or "max" to pool the features over height and
            width; None for neither.
        {arguments}

    Returns:
        A `keras.Model`: images, uint8, (batch, *input_shape), 0 to 255, to float32,
        (batch, classes). 1,361,578 parameters by default. Without the top, to features, by default
        (batch, 4, 4, 128), or (batch, 128) with pooling.

    Raises:
        {errors}

    Note:
        After He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016, but far
        smaller, with a dense layer before the output. Batch normalisation: Ioffe and Szegedy,
        "Batch normalization", 2015. The last one in a block starts with a scale of 0, so that the
        block starts as the identity: Goyal et al., "Accurate, large minibatch SGD", 2017.

    Example:
        >>> model = notmnist.models.cnn(filters=(8, 16), blocks=1, units=32)
        >>> [layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
        ['conv_1', 'conv_2', 'block_2_1_conv_1', 'block_2_1_conv_2']
    """
    depths = widths("filters", filters)
    if type(blocks) is not int or blocks < 0:
        raise invalid("blocks", blocks, "be an integer of 0 or more")
    check_positive("units", units)
    if pooling is not None and (include_top or pooling not in tuple(_POOLINGS)):
        raise invalid("pooling", pooling, f"be None, or with include_top=False {one_of(_POOLINGS)}")
    (rate,) = rates(dropout, 1)
    convolutions = 1 + (len(depths) - 1) * (1 + 2 * blocks)
    *conv_penalties, hidden_penalty, penalty = penalties(l2, convolutions + 2)
    remaining = iter(conv_penalties)
    inputs, x = image_input(input_shape)
    for number, depth in enumerate(depths, start=1):
        x = _convolve(x, depth, remaining, f"conv_{number}", strides=1 if number == 1 else 2)
        x = keras.layers.Activation("relu", name=f"conv_{number}_relu")(x)
        for block in range(1, blocks + 1 if number > 1 else 1):
            x = _block(x, depth, remaining, f"block_{number}_{block}")
    x = keras.layers.MaxPooling2D(padding="same", name="pool")(x)
    if not include_top:
        x = _POOLINGS[pooling](name="features")(x) if pooling else x
        model = keras.Model(inputs, x, name=name)
        give(model, weights, "cnn", include_top=False)
        return model
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dropout(rate, name="dropout_1")(x)
    hidden = keras.layers.Dense(
        units, use_bias=False, kernel_regularizer=hidden_penalty, name="hidden"
    )
    x = _normalise(hidden(x), "hidden")
    x = keras.layers.Activation("relu", name="hidden_relu")(x)
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


def _block(x: Any, depth: int, remaining: Iterator[Any], name: str) -> Any:
    change = _convolve(x, depth, remaining, f"{name}_conv_1")
    change = keras.layers.Activation("relu", name=f"{name}_conv_1_relu")(change)
    change = _convolve(change, depth, remaining, f"{name}_conv_2", gamma_initializer="zeros")
    x = keras.layers.Add(name=f"{name}_add")([x, change])
    return keras.layers.Activation("relu", name=f"{name}_relu")(x)


def _convolve(
    x: Any,
    depth: int,
    remaining: Iterator[Any],
    name: str,
    *,
    strides: int = 1,
    gamma_initializer: str = "ones",
) -> Any:
    convolution = keras.layers.Conv2D(
        depth,
        3,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_regularizer=next(remaining),
        name=name,
    )
    return _normalise(convolution(x), name, gamma_initializer)


def _normalise(x: Any, name: str, gamma_initializer: str = "ones") -> Any:
    return keras.layers.BatchNormalization(
        momentum=0.95, gamma_initializer=gamma_initializer, name=f"{name}_norm"
    )(x)
