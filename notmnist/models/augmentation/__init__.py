"""Augmentations for glyphs: thousands of faces stand for tens of thousands.

Keras preprocessing layers, active only in training. Each redraws some of the images of a batch
and stretches the result to the box again, as the data set's images are. They run on every
backend as the first layers of a model, and on TensorFlow also in `tf.data` (`map` a batch with
`training=True`).
"""

from __future__ import annotations

from typing import Any

import keras

from notmnist.models.augmentation.glyph import GlyphLayer
from notmnist.models.augmentation.layers import (
    RandomElastic,
    RandomFlourish,
    RandomFrame,
    RandomOutline,
    RandomPerspective,
    RandomPixels,
    RandomShadow,
    RandomShear,
    RandomSolid,
    RandomStencil,
    RandomStripes,
    RandomStroke,
    RandomTexture,
)

__all__ = [
    "GlyphLayer",
    "RandomElastic",
    "RandomFlourish",
    "RandomFrame",
    "RandomOutline",
    "RandomPerspective",
    "RandomPixels",
    "RandomShadow",
    "RandomShear",
    "RandomSolid",
    "RandomStencil",
    "RandomStripes",
    "RandomStroke",
    "RandomTexture",
    "augmentation",
]


def augmentation(strength: float = 1.0, seed: int | None = None) -> keras.Sequential:
    """Return the augmentations together, drawn at twice the size for clean edges.

    Args:
        strength: Factor of every layer's rate; 0 leaves the images as they are.
        seed: Seed of the random numbers, or None for new ones each time.

    Returns:
        Layers to put before a model or to map over batches: uint8 or float of shape
        (batch, height, width, channels), 0 to 255, to float32 of the same shape and about the same
        range. JAX takes a minute or so to compile them, once for every size of batch.

    Example:
        >>> import numpy as np
        >>> layers = augmentation(seed=0)
        >>> images = np.full((8, 28, 28, 1), 255, "uint8")
        >>> layers(images, training=True).shape == images.shape
        True
    """
    rates: list[tuple[type[GlyphLayer], float, dict[str, Any]]] = [
        (RandomPixels, 0.03, {}),
        (RandomStroke, 0.45, {"pixels": 2}),
        (RandomStroke, 0.12, {"pixels": 4}),
        (RandomSolid, 0.08, {}),
        (RandomOutline, 0.12, {}),
        (RandomShadow, 0.05, {}),
        (RandomTexture, 0.06, {}),
        (RandomStripes, 0.04, {}),
        (RandomStencil, 0.05, {}),
        (RandomFlourish, 0.12, {}),
        (RandomFrame, 0.1, {}),
        (RandomShear, 0.5, {}),
        (RandomPerspective, 0.3, {}),
        (RandomElastic, 0.4, {}),
    ]
    size = {"data_format": "channels_last"}
    layers: list[Any] = [
        keras.layers.Rescaling(1.0, name="as_float"),
        keras.layers.UpSampling2D(2, interpolation="bicubic", name="enlarge", **size),
    ]
    for number, (layer, rate, arguments) in enumerate(rates):
        own = None if seed is None else seed + number
        layers.append(layer(rate=rate * strength, seed=own, **arguments))
    # Undoes the enlarging, nearly.
    layers.append(keras.layers.AveragePooling2D(2, name="reduce", **size))
    return keras.Sequential(layers, name="augmentation")
