"""A network of dense layers, regularised by L2 and dropout."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras

from notmnist.errors import invalid
from notmnist.models.classifier import finish, image_input, l2_penalties, penalty, per_layer, sgd

__all__ = ["mlp"]


def mlp(
    *,
    hidden: Sequence[int] = (1024,),
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
) -> Any:
    """Return a multilayer perceptron; by default one hidden layer of 1,024 ReLU units.

    Args:
        hidden: The units of each hidden layer, at least one layer.
        l2: λ of the penalty λ Σ w² on every kernel (`keras.regularizers.L2`), 0 or more; or a λ
            for each kernel, that of the output included. The λ of the tutorial "Deep Learning
            with TensorFlow in Python" is twice that, because `tf.nn.l2_loss` is Σ w² / 2.
        dropout: The share of each hidden layer's units that `fit` drops, 0 up to but not
            including 1; or a share for each hidden layer. `evaluate` and `predict` drop nothing.
        activation: Of the hidden layers, as for `keras.layers.Dense`.
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
        (batch, classes). Layers are called "hidden_1", "dropout_1", ..., "logits". 814,090
        parameters by default.

    Raises:
        ArgumentError: An argument's value is not allowed, or the weights do not fit the model.
        ArchiveError: The file of weights cannot be read; `MissingSourceError` where there is none.
        IntegrityError: The weights in the package are not those that were shipped.

    Note:
        Dropout: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple
        way to prevent neural networks from overfitting", 2014. The default initialiser: He,
        Zhang, Ren and Sun, "Delving deep into rectifiers", 2015; the tutorial's own is
        `keras.initializers.TruncatedNormal(stddev=1.0)`.

    Example:
        >>> model = notmnist.models.mlp(l2=0.0005, dropout=0.4)
        >>> [layer.name for layer in model.layers]
        ['image', 'rescale', 'flatten', 'hidden_1', 'dropout_1', 'logits', 'probabilities']
    """
    units = list(hidden) if isinstance(hidden, (list, tuple)) else [hidden]
    if not units or not all(type(n) is int and n > 0 for n in units):
        raise invalid("hidden", hidden, "be one or more positive integers")
    penalties = l2_penalties(l2, len(units) + 1)
    rates = per_layer("dropout", dropout, len(units))
    if not all(0 <= rate < 1 for rate in rates):
        raise invalid("dropout", dropout, "be at least 0 and less than 1")
    inputs, x = image_input(input_shape)
    x = keras.layers.Flatten(name="flatten")(x)
    for number, (width, l2_, rate) in enumerate(
        zip(units, penalties[:-1], rates, strict=True), start=1
    ):
        x = keras.layers.Dense(
            width,
            activation=activation,
            kernel_initializer=keras.initializers.get(kernel_initializer),
            kernel_regularizer=penalty(l2_),
            name=f"hidden_{number}",
        )(x)
        if rate:
            x = keras.layers.Dropout(rate, name=f"dropout_{number}")(x)
    return finish(
        inputs,
        x,
        l2=penalties[-1],
        kernel_initializer=kernel_initializer,
        classes=classes,
        classifier_activation=classifier_activation,
        label_mode=label_mode,
        optimizer=sgd() if optimizer is None else optimizer,
        steps_per_execution=steps_per_execution,
        compile=compile,
        name=name,
        weights=weights,
        factory="mlp",
    )
