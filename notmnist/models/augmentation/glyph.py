"""The base of the augmentations: a layer that redraws glyphs and stretches them to the box."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from notmnist.errors import invalid

__all__ = ["GlyphLayer", "dilate", "erode", "places", "resize", "sample", "stretch"]

_INK = 0.15  # of full ink: below it, a pixel at the edge is a resampling artefact
_CONTRAST, _FOG = 1.5, 0.15  # undo the blur of resampling; a hairline at 0.3 keeps its 0.3
_FAINTEST, _FULLEST = 0.04, 0.97  # mean ink of a glyph that can still be read


class GlyphLayer(keras.layers.Layer):  # type: ignore[misc]  # untyped base
    """Base of the augmentations: random, active only in training, then stretched to the box.

    Subclasses implement `augment`; this class chooses the images to change, crops the result to its
    ink, stretches it to the box like the data set's images, and keeps the old image if almost
    nothing, or a full box, would be left.

    Input and output: (batch, height, width, channels), 0 to 255, any dtype, ink light on dark. If
    there are several channels, their mean is redrawn, so that the changed images are grey.

    Args:
        rate: Fraction of the images to change, 0 to 1.
        seed: Seed of the random numbers, an integer, or None for a different seed each time.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ArgumentError: `rate` is not from 0 to 1.

    Example:
        >>> import numpy as np
        >>> class Darker(GlyphLayer):
        ...     def augment(self, ink):
        ...         return ink * 0.5
        >>> images = np.full((8, 28, 28, 1), 200, "uint8")
        >>> Darker(rate=1.0)(images, training=True).shape == images.shape
        True
    """

    def __init__(self, rate: float = 0.5, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise invalid("rate", rate, "be a number from 0 to 1")
        self.rate = rate
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)
        self.built = True
        # TensorFlow's XLA cannot resize; `compile` would choose XLA by itself on a GPU.
        self.supports_jit = keras.config.backend() != "tensorflow"

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Change some images of a batch in training; otherwise return them unchanged."""
        if not training or self.rate == 0:
            return images
        count = ops.shape(images)[0]
        order = keras.random.shuffle(ops.arange(count), seed=self.generator)
        if isinstance(count, int):  # JAX compiles for static shapes only, so do this in Python
            some = order[: math.ceil(self.rate * count)]
        else:
            some = order[: ops.cast(ops.ceil(self.rate * ops.cast(count, "float32")), "int32")]
        given = ops.cast(ops.take(images, some, axis=0), "float32") / 255.0
        drawn = self.augment(ops.mean(given, axis=-1, keepdims=True))
        drawn = stretch(drawn, tuple(given.shape[1:3]))
        drawn = ops.clip(drawn * _CONTRAST - _FOG, 0.0, 1.0)
        share = ops.mean(drawn, axis=(1, 2, 3), keepdims=True)
        readable = ops.logical_and(share > _FAINTEST, share < _FULLEST)
        changed = ops.round(ops.where(readable, drawn, given) * 255.0)
        return ops.scatter_update(images, some[:, None], ops.cast(changed, images.dtype))

    def augment(self, ink: Any) -> Any:
        """Redraw every image of a batch; float32 of (batch, height, width, 1), 0 to 1."""
        raise NotImplementedError

    def uniform(self, ink: Any, low: float, high: float, *shape: int) -> Any:
        """Draw one number, or `shape` of them, for each image of a batch."""
        shape = shape or (1, 1, 1)
        return keras.random.uniform((ops.shape(ink)[0], *shape), low, high, seed=self.generator)

    def choose(self, ink: Any, pictures: list[Any]) -> Any:
        """Draw one of the pictures for each image of a batch."""
        which = ops.floor(self.uniform(ink, 0.0, float(len(pictures))))
        result = pictures[0]
        for number, picture in enumerate(pictures[1:], 1):
            result = ops.where(which == number, picture, result)
        return result

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the images, which stays the same."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that recreate this layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


def stretch(ink: Any, size: tuple[int, int]) -> Any:
    """Crop images, (batch, h, w, 1), to their ink and stretch them to a height and width."""
    height, width = size
    rows = _resampling(ops.max(ink, axis=(2, 3)), height)
    columns = _resampling(ops.max(ink, axis=(1, 3)), width)
    tall = ops.matmul(rows, ink[..., 0])
    return ops.matmul(tall, ops.transpose(columns, (0, 2, 1)))[..., None]


def _resampling(profile: Any, size: int) -> Any:
    """Return weights (batch, size, n) that map a profile's inked range (batch, n) onto `size`."""
    length = profile.shape[1]
    inked = profile > _INK
    positions = ops.arange(length, dtype="float32")
    first = ops.min(ops.where(inked, positions, float(length)), axis=1)
    last = ops.max(ops.where(inked, positions, -1.0), axis=1)
    blank = last < 0
    first = ops.where(blank, 0.0, first)[:, None]
    last = ops.where(blank, float(length - 1), last)[:, None]
    scale = (last - first + 1.0) / size
    centre = first + (ops.arange(size, dtype="float32") + 0.5) * scale - 0.5
    centre = ops.clip(centre, first, last)[:, :, None]
    reach = ops.maximum(scale, 1.0)[:, :, None]  # more than a pixel if shrinking, against aliasing
    weights = ops.maximum(0.0, 1.0 - ops.abs(positions - centre) / reach)
    weights = weights * ops.cast(positions >= first[:, :, None], "float32")
    weights = weights * ops.cast(positions <= last[:, :, None], "float32")
    return weights / ops.maximum(ops.sum(weights, axis=2, keepdims=True), 1e-6)


def places(ink: Any) -> tuple[Any, Any]:
    """Return rows and columns of pixel centres, -1 to 1, (1, h, 1, 1) and (1, 1, w, 1)."""
    height, width = ink.shape[1:3]
    rows = (ops.arange(height, dtype="float32") + 0.5) * (2.0 / height) - 1.0
    columns = (ops.arange(width, dtype="float32") + 0.5) * (2.0 / width) - 1.0
    return ops.reshape(rows, (1, -1, 1, 1)), ops.reshape(columns, (1, 1, -1, 1))


def sample(ink: Any, rows: Any, columns: Any) -> Any:
    """Read images bilinearly at coordinates like those of `places`; there is no ink outside.

    Together `rows` and `columns` must broadcast to (batch, h, w, 1), the shape of the result.
    """
    height, width = ink.shape[1:3]
    padded = ops.pad(ink[..., 0], ((0, 0), (1, 1), (1, 1)))
    flat = ops.reshape(padded, (-1, (height + 2) * (width + 2)))
    rows, columns = (rows + 0.0 * columns)[..., 0], (columns + 0.0 * rows)[..., 0]
    rows = ops.clip((rows + 1.0) * height / 2 + 0.5, 0.0, height + 0.999)
    columns = ops.clip((columns + 1.0) * width / 2 + 0.5, 0.0, width + 0.999)
    top, left = ops.floor(rows), ops.floor(columns)
    down, right = rows - top, columns - left
    corner = ops.cast(top * (width + 2) + left, "int32")
    count = corner.shape[1] * corner.shape[2]

    def pick(offset: int) -> Any:
        index = ops.reshape(corner + offset, (-1, count))
        return ops.reshape(ops.take_along_axis(flat, index, axis=1), (-1, *corner.shape[1:]))

    upper = pick(0) * (1 - right) + pick(1) * right
    lower = pick(width + 2) * (1 - right) + pick(width + 3) * right
    return (upper * (1 - down) + lower * down)[..., None]


def resize(ink: Any, size: tuple[int, ...], **kwargs: Any) -> Any:
    """`ops.image.resize` of (batch, h, w, channels), whatever Keras's `image_data_format`."""
    return ops.image.resize(ink, size, data_format="channels_last", **kwargs)


def dilate(ink: Any, height: int = 3, width: int = 3) -> Any:
    """Grow the ink by half of `height` and `width` in pixels, both odd."""
    return _highest(ink, height, width, "same")


def erode(ink: Any, height: int = 3, width: int = 3) -> Any:
    """Shrink the ink by half of `height` and `width`; the surroundings count as blank."""
    padded = ops.pad(ink, ((0, 0), (height // 2,) * 2, (width // 2,) * 2, (0, 0)))
    return 1.0 - _highest(1.0 - padded, height, width, "valid")


def _highest(ink: Any, height: int, width: int, padding: str) -> Any:
    """Return the maximum around each pixel; columns first, then rows, which is faster."""
    for window in ((height, 1), (1, width)):
        if window != (1, 1):
            ink = ops.max_pool(ink, window, strides=1, padding=padding)
    return ink
