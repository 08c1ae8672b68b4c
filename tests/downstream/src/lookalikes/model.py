"""A small convolutional network for images from notmnist."""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["strokes"]


def strokes(filters: int = 8) -> Any:
    """Return a compiled `keras.Model` for uint8 images, (batch, 28, 28, 1), 0 to 255."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(filters, 7, strides=3, activation="relu", name="strokes"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax", name="letters"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
