"""A small convolutional network with batch normalisation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras

from notmnist.errors import invalid
from notmnist.models.classifier import finish, image_input, l2_penalties, penalty

__all__ = ["cnn"]


def cnn(
    *,
    filters: Sequence[int] = (32, 64, 64, 128, 128),
    units: int = 256,
    l2: float | Sequence[float] = 0.0,
    dropout: float = 0.3,
    classes: int = 10,
    input_shape: Sequence[int] = (28, 28, 1),
    classifier_activation: str | None = "softmax",
    label_mode: str = "int",
    optimizer: Any = None,
    steps_per_execution: int = 1,
    compile: bool = True,
    weights: str | os.PathLike[str] | None = None,
    name: str = "cnn",
) -> Any:
    """Return a convolutional network: 3×3 convolutions, a dense layer, the classes.

    The second, fourth, ... convolution halves height and width; a pooling layer does it once more.

    Args:
        filters: The filters of each convolution, at least one.
        units: Units of the dense layer.
        l2: λ of the penalty λ Σ w² on every kernel, 0 or more; or one for each kernel, that of
            the dense layer and of the output last.
        dropout: The share of units that `fit` drops before and after the dense layer, 0 up to
            but not including 1.
        classes: The number of classes, 2 or more.
        input_shape: Height, width and channels of the images.
        classifier_activation: "softmax" for probabilities, None for logits.
        label_mode: "int" where labels are 0, 1, ...; "categorical" where they are one-hot.
        optimizer: As for `keras.Model.compile`; None for AdamW with learning rate 0.002 and
            weight decay 0.02.
        steps_per_execution: As for `keras.Model.compile`. Above 1, `fit` on
            TensorFlow is faster, and Keras rounds `steps_per_epoch` up to a multiple; PyTorch
            takes 1 alone.
        compile: Whether to compile the model with cross-entropy and accuracy.
        weights: None for new ones; "open" for those trained on the edition `open`, which fit the
            default architecture; or the path of a file that `models.weights.save` made.
        name: The model's name.

    Returns:
        A `keras.Model`: images, uint8, (batch, *input_shape), 0 to 255, to float32,
        (batch, classes). 806,314 parameters by default.

    Raises:
        ArgumentError: An argument's value is not allowed, or the weights do not fit the model.
        ArchiveError: The file of weights cannot be read; `MissingSourceError` where there is none.
        IntegrityError: The weights in the package are not those that were shipped.

    Note:
        After Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
        recognition", 2014, but far smaller, with strides for most of the pooling and with batch
        normalisation: Ioffe and Szegedy, "Batch normalization", 2015.

    Example:
        >>> model = notmnist.models.cnn(filters=(8, 16), units=32)
        >>> [layer.name for layer in model.layers if "conv" in layer.name]
        ['conv_1', 'conv_1_norm', 'conv_1_relu', 'conv_2', 'conv_2_norm', 'conv_2_relu']
    """
    widths = list(filters) if isinstance(filters, (list, tuple)) else [filters]
    if not widths or not all(type(n) is int and n > 0 for n in [*widths, units]):
        raise invalid("filters", filters, "be one or more positive integers, and so must `units`")
    if not 0 <= dropout < 1:
        raise invalid("dropout", dropout, "be at least 0 and less than 1")
    penalties = l2_penalties(l2, len(widths) + 2)
    inputs, x = image_input(input_shape)
    for number, (width, l2_) in enumerate(zip(widths, penalties[:-2], strict=True), start=1):
        x = keras.layers.Conv2D(
            width,
            3,
            strides=1 if number % 2 else 2,
            padding="same",
            use_bias=False,
            kernel_regularizer=penalty(l2_),
            name=f"conv_{number}",
        )(x)
        x = _normalised(x, f"conv_{number}")
    x = keras.layers.MaxPooling2D(padding="same", name="pool")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dropout(dropout, name="dropout_1")(x)
    x = keras.layers.Dense(
        units, use_bias=False, kernel_regularizer=penalty(penalties[-2]), name="hidden"
    )(x)
    x = _normalised(x, "hidden")
    x = keras.layers.Dropout(dropout, name="dropout_2")(x)
    return finish(
        inputs,
        x,
        l2=penalties[-1],
        kernel_initializer="glorot_uniform",
        classes=classes,
        classifier_activation=classifier_activation,
        label_mode=label_mode,
        optimizer=keras.optimizers.AdamW(0.002, weight_decay=0.02)
        if optimizer is None
        else optimizer,
        steps_per_execution=steps_per_execution,
        compile=compile,
        name=name,
        weights=weights,
        factory="cnn",
    )


def _normalised(x: Any, name: str) -> Any:
    x = keras.layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
    return keras.layers.Activation("relu", name=f"{name}_relu")(x)
