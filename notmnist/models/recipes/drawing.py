"""Augmentation in training: inside `tf.data` on TensorFlow, inside the model elsewhere."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from notmnist.models.augmentation import augmentation

__all__ = ["Redrawn", "redrawn"]

_WORKERS = 2  # batches drawn at a time, beside the training itself


class Redrawn(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """A model whose images are drawn anew in training, and only then.

    Args:
        model: Takes uint8 images; its layers are shared, not copied.
        strength: Of the augmentation.
        seed: Of the augmentation.
    """

    def __init__(self, model: Any, strength: float, seed: int) -> None:
        super().__init__(name=model.name)
        self.model = model
        self.drawing = augmentation(strength, seed, model.input_shape[1:3])

    def build(self, input_shape: Any) -> None:
        """Build the layers that draw; the model is built already."""
        self.drawing.build(input_shape)
        self.built = True

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Return the model's outputs."""
        if training:
            images = _whole(self.drawing(images, training=True))
        return self.model(images, training=training)


def redrawn(batches: Any, strength: float, seed: int) -> Any:
    """Return a `tf.data.Dataset` of uint8 images and labels with the images drawn anew.

    Two batches are drawn at a time and share one stream of random numbers, so that a seed decides
    the drawings up to their order.
    """
    drawing = augmentation(strength, seed, batches.element_spec[0].shape[1:3].as_list())

    def anew(images: Any, labels: Any) -> tuple[Any, Any]:
        return _whole(drawing(ops.cast(images, "float32"), training=True)), labels

    return batches.map(anew, num_parallel_calls=_WORKERS).prefetch(8)


def _whole(images: Any) -> Any:
    """Return images as the models take them, uint8, 0 to 255."""
    return ops.cast(ops.clip(ops.round(images), 0, 255), "uint8")
