"""Multinomial logistic regression."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras

from notmnist.models.classifier import classify, documented, image_input, penalties

__all__ = ["logistic"]


@documented()
def logistic(  # noqa: D417 - the decorator documents the shared arguments
    *,
    l2: float | Sequence[float] = 0.0,
    kernel_initializer: Any = "glorot_uniform",
    classes: int = 10,
    input_shape: Sequence[int] = (28, 28, 1),
    classifier_activation: str | None = "softmax",
    label_mode: str = "int",
    optimizer: Any = None,
    steps_per_execution: int = 1,
    compile: bool = True,
    weights: str | os.PathLike[str] | None = None,
    name: str = "logistic",
) -> keras.Model:
    """Return multinomial logistic regression on pixels: one dense layer.

    Args:
        l2: Factor of the penalty l2 · Σ w² on the kernel (`keras.regularizers.L2`), 0 or more. The
            λ of the tutorial "Deep Learning with TensorFlow in Python" is twice that, because
            `tf.nn.l2_loss` is Σ w² / 2.
        kernel_initializer: As for `keras.layers.Dense`.
        {arguments}

    Returns:
        A `keras.Model`: images, uint8, (batch, *input_shape), 0 to 255, to float32,
        (batch, classes). Its dense layer is called "logits". 7,850 parameters by default.

    Raises:
        {errors}

    Note:
        This is the first model of the tutorial "Deep Learning with TensorFlow in Python", which
        initialises it with `keras.initializers.TruncatedNormal(stddev=1.0)` instead.

    Example:
        >>> model = notmnist.models.logistic(l2=0.0025)
        >>> model.count_params()
        7850
    """
    inputs, x = image_input(input_shape)
    (penalty,) = penalties(l2, 1)
    return classify(
        inputs,
        keras.layers.Flatten(name="flatten")(x),
        factory="logistic",
        penalty=penalty,
        kernel_initializer=kernel_initializer,
        classes=classes,
        classifier_activation=classifier_activation,
        label_mode=label_mode,
        optimizer=optimizer,
        steps_per_execution=steps_per_execution,
        compile=compile,
        weights=weights,
        name=name,
    )
