"""Small models and fits for films of weights, and films read back with Pillow."""

from __future__ import annotations

import keras
import numpy as np
from PIL import Image, ImageSequence

TORCH = keras.backend.backend() == "torch"


RNG = np.random.default_rng(0)


IMAGES = RNG.integers(0, 256, (60, 4, 4, 1)).astype("uint8")


LABELS = RNG.integers(0, 3, 60)


def linear(units=3, rate=0.0, kernel=None, **compiled):
    """Return a model with one dense layer; with rate 0, its weights never change."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1), name="image"),
            keras.layers.Rescaling(1 / 255, name="rescaling"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(units, name="logits"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"], **compiled)
    if kernel is not None:
        model.get_layer("logits").kernel.assign(np.asarray(kernel, "float32"))
    return model


def fit(model, *callbacks, steps=6, **options):
    options = {"batch_size": 60 // steps, "epochs": 1, "shuffle": False, **options}
    return model.fit(IMAGES, LABELS, verbose=0, callbacks=list(callbacks), **options)


def pixels(path):
    with Image.open(path) as image:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]


def steps_of(callback):
    return [frame.step for frame in callback.frames]


class Script(keras.callbacks.Callback):
    """Sets the kernel after each step to the next one of a script."""

    def __init__(self, kernels):
        super().__init__()
        self.kernels = iter(kernels)

    def on_train_batch_end(self, batch, logs=None):
        kernel = next(self.kernels, None)
        if kernel is not None:
            self.model.get_layer("logits").kernel.assign(kernel)
