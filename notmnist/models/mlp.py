"""A network of dense layers, with L2 and dropout built in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras

from notmnist.models.classifier import classify, documented, image_input, penalties, rates, widths

__all__ = ["mlp"]


@documented()
def mlp(  # noqa: D417 - the decorator documents the shared arguments
    *,
    hidden: int | Sequence[int] = (1024,),
    l2: float | Sequence[float] = 0.0,
    dropout: float | Sequence[float] = 0.0,
    activation: Any = "relu",
    kernel_initializer: Any = "he_normal",
    classes: int = 10,
    input_shape: Sequence[int] = (28, 28, 1),
    classifier_activation: str | None = "softmax",
    label_mode: str = "int",
    optimizer: Any = None,
    steps_per_execution: int = 1,
    compile: bool = True,
    weights: str | os.PathLike[str] | None = None,
    name: str = "mlp",
) -> keras.Model:
    """Return a multilayer perceptron; by default one hidden layer of 1,024 ReLU units.

    Args:
        hidden: The number of units in each of one or more hidden layers.
        l2: Factor of the penalty l2 · Σ w² on every kernel (`keras.regularizers.L2`), 0 or more; or
            one for each kernel, with the output layer's last. The λ of the tutorial "Deep Learning
            with TensorFlow in Python" is twice that, because `tf.nn.l2_loss` is Σ w² / 2.
        dropout: The fraction of each hidden layer's units that `fit` drops, 0 up to but not
            including 1; or one for each hidden layer. `evaluate` and `predict` drop nothing.
        activation: The activation of the hidden layers, as for `keras.layers.Dense`.
        kernel_initializer: As for `keras.layers.Dense`.
        {arguments}

    Returns:
        A `keras.Model`: images, uint8, (batch, *input_shape), 0 to 255, to float32,
        (batch, classes). Layers are called "hidden_1", "dropout_1", ..., "logits". 814,090
        parameters by default.

    Raises:
        {errors}

    Note:
        Dropout: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple
        way to prevent neural networks from overfitting", 2014. The default initialiser: He,
        Zhang, Ren and Sun, "Delving deep into rectifiers", 2015; the tutorial uses
        `keras.initializers.TruncatedNormal(stddev=1.0)`.

    Example:
        >>> model = notmnist.models.mlp(l2=0.0005, dropout=0.4)
        >>> [layer.name for layer in model.layers]
        ['image', 'rescale', 'flatten', 'hidden_1', 'dropout_1', 'logits', 'probabilities']
    """
    units = widths("hidden", hidden)
    *hidden_penalties, penalty = penalties(l2, len(units) + 1)
    inputs, x = image_input(input_shape)
    x = keras.layers.Flatten(name="flatten")(x)
    layers = zip(units, hidden_penalties, rates(dropout, len(units)), strict=True)
    for number, (width, hidden_penalty, rate) in enumerate(layers, start=1):
        x = keras.layers.Dense(
            width,
            activation=activation,
            kernel_initializer=keras.initializers.get(kernel_initializer),
            kernel_regularizer=hidden_penalty,
            name=f"hidden_{number}",
        )(x)
        if rate:
            x = keras.layers.Dropout(rate, name=f"dropout_{number}")(x)
    return classify(
        inputs,
        x,
        factory="mlp",
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
