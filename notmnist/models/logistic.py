"""Multinomial logistic regression."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras

from notmnist.models.classifier import finish, image_input, l2_penalties, sgd

__all__ = ["logistic"]


def logistic(
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
) -> Any:
    """Return multinomial logistic regression on pixels: one dense layer.

    Args:
        l2: λ of the penalty λ Σ w² on the kernel (`keras.regularizers.L2`), 0 or more. The λ of
            the tutorial "Deep Learning with TensorFlow in Python" is twice that, because
            `tf.nn.l2_loss` is Σ w² / 2.
        kernel_initializer: As for `keras.layers.Dense`.
        classes: The number of classes, 2 or more.
        input_shape: Height, width and channels of the images.
        classifier_activation: "softmax" for probabilities, None for logits.
        label_mode: "int" where labels are 0, 1, ...; "categorical" where they are one-hot.
        optimizer: As for `keras.Model.compile`; None for SGD with learning rate 0.05
            and momentum 0.9.
        steps_per_execution: As for `keras.Model.compile`. Above 1, `fit` on
            TensorFlow is faster, and Keras rounds `steps_per_epoch` up to a multiple; PyTorch
            takes 1 alone.
        compile: Whether to compile the model with cross-entropy and accuracy.
        weights: None for new ones; "open" for those trained on the edition `open`, which fit the
            default architecture; or the path of a file that `models.weights.save` made.
        name: The model's name.

    Returns:
        A `keras.Model`: images, uint8, (batch, *input_shape), 0 to 255, to float32,
        (batch, classes). Its dense layer is called "logits". 7,850 parameters by default.

    Raises:
        ArgumentError: An argument's value is not allowed, or the weights do not fit the model.
        ArchiveError: The file of weights cannot be read; `MissingSourceError` where there is none.
        IntegrityError: The weights in the package are not those that were shipped.

    Note:
        The first model of the tutorial, "Deep Learning with TensorFlow in Python", which starts
        from `keras.initializers.TruncatedNormal(stddev=1.0)` instead.

    Example:
        >>> model = notmnist.models.logistic(l2=0.0025)
        >>> model.count_params()
        7850
    """
    (penalty,) = l2_penalties(l2, 1)
    inputs, x = image_input(input_shape)
    return finish(
        inputs,
        keras.layers.Flatten(name="flatten")(x),
        l2=penalty,
        kernel_initializer=kernel_initializer,
        classes=classes,
        classifier_activation=classifier_activation,
        label_mode=label_mode,
        optimizer=sgd() if optimizer is None else optimizer,
        steps_per_execution=steps_per_execution,
        compile=compile,
        name=name,
        weights=weights,
        factory="logistic",
    )
