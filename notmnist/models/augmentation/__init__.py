"""Augmentations for glyphs, to make up for having fewer fonts than the original.

They are Keras preprocessing layers, active only in training. Each redraws some images of a batch
and stretches the result to the box again, like the data set's images. They run on every backend
as the first layers of a model, and on TensorFlow also in `tf.data` (`map` a batch with
`training=True`).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from notmnist import errors
from notmnist.models.augmentation import glyph
from notmnist.models.augmentation.glyph import GlyphLayer

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

_register = keras.saving.register_keras_serializable(package="notmnist")


def _pad(ink: Any, pixels: int) -> Any:
    return ops.pad(ink, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)))


def _windows(pixels: int) -> tuple[tuple[int, int], ...]:
    """Return windows of `pixels` around the middle: in both directions, vertical, horizontal."""
    wide = 2 * pixels + 1
    return (wide, wide), (wide, 1), (1, wide)


@_register
class RandomShear(GlyphLayer):
    """Slants the letters, as an italic does, and rotates them a little.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        rows, columns = glyph.places(ink)
        slant = self.uniform(ink, -0.5, 0.5)  # box widths per box height
        angle = self.uniform(ink, -0.12, 0.12)  # radians
        room = 1.0 + ops.abs(slant) + ops.abs(angle)  # keeps ink in the box; stretching undoes it
        rows, columns = rows * (1.0 + ops.abs(angle)), columns * room
        rows, columns = rows + angle * columns, columns - angle * rows
        return glyph.sample(ink, rows, columns + slant * rows)


@_register
class RandomPerspective(GlyphLayer):
    """Views the letter at an angle: one edge grows, the opposite one shrinks.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        rows, columns = glyph.places(ink)
        tilt = self.uniform(ink, -0.4, 0.4)  # the relative change of an edge
        swing = self.uniform(ink, -0.4, 0.4)
        depth = ops.maximum(1.0 + tilt * rows + swing * columns, 0.2)
        return glyph.sample(ink, rows / depth, columns / depth)


@_register
class RandomElastic(GlyphLayer):
    """Smoothly shifts parts of the letter against each other, as in handwriting.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        rows, columns = glyph.places(ink)
        coarse = self.uniform(ink, -0.24, 0.24, 4, 4, 2)  # 0.12 of the box, in each of 4×4 parts
        shift = glyph.resize(coarse, tuple(ink.shape[1:3]), interpolation="bicubic")
        return glyph.sample(ink, rows * 1.24 + shift[..., :1], columns * 1.24 + shift[..., 1:])


@_register
class RandomPixels(GlyphLayer):
    """Draws the letter with a few large pixels, as bitmap faces do.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        pictures = []
        for pixels in (6, 7, 8, 10):  # along a side
            few = ops.cast(glyph.resize(ink, (pixels, pixels), antialias=True) > 0.5, "float32")
            pictures.append(glyph.resize(few, tuple(ink.shape[1:3]), interpolation="nearest"))
        return self.choose(ink, pictures)


@_register
class RandomStroke(GlyphLayer):
    """Makes strokes bolder or lighter, all of them or only the vertical or horizontal ones.

    Args:
        pixels: Largest change on each side of a stroke, in pixels of the input.
        **kwargs: As for `GlyphLayer`.

    Raises:
        ArgumentError: As for `GlyphLayer`, or `pixels` is not a positive integer.

    Example:
        >>> RandomStroke(2, rate=0.25, seed=0).pixels
        2
    """

    def __init__(self, pixels: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if type(pixels) is not int or pixels < 1:
            raise errors.invalid("pixels", pixels, "be a positive integer")
        self.pixels = pixels

    def augment(self, ink: Any) -> Any:
        ink = _pad(ink, self.pixels)
        pictures = []
        for window in _windows(self.pixels):
            pictures += [glyph.dilate(ink, *window), glyph.erode(ink, *window)]
        chosen = self.choose(ink, pictures)
        return ink + self.uniform(ink, 0.2, 1.0) * (chosen - ink)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "pixels": self.pixels}


@_register
class RandomOutline(GlyphLayer):
    """Draws the letter's contour: around it, inside it, or as a light line within its strokes.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        ink = ops.clip(_pad(ink, 3) * 3.0 - 1.0, 0.0, 1.0)  # soft edges would fade
        bold, light = glyph.dilate(ink), glyph.erode(ink)
        bolder, lighter = glyph.dilate(bold), glyph.erode(light)
        pictures = [
            bold - ink,  # a line around the letter
            ink - light,  # a line inside its edge
            bolder - ink,  # a thick line around the letter
            bolder - bold + ink,  # the letter and a line at a distance
            ink - light + lighter,  # an inline face
        ]
        return self.choose(ink, pictures)


@_register
class RandomShadow(GlyphLayer):
    """Adds a second letter behind the first: a drop shadow, an extrusion, or only the shadow.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        ink = _pad(ink, 4)
        flip = self.uniform(ink, 0.0, 1.0) < 0.5
        ink = ops.where(flip, ops.flip(ink, axis=2), ink)
        shifted = [ops.roll(ink, (step, step), axis=(1, 2)) for step in (1, 2, 3)]
        behind = ink
        for shadow in shifted:
            behind = ops.maximum(behind, shadow)
        halo = glyph.dilate(ink)
        pictures = [
            ops.maximum(ink, shifted[-1] * (1.0 - halo)),  # a drop shadow with a gap
            behind,  # an extrusion
            behind * (1.0 - ink),  # only its sides
            ops.maximum(ink, behind * (1.0 - halo)),
        ]
        drawn = self.choose(ink, pictures)
        return ops.where(flip, ops.flip(drawn, axis=2), drawn)


@_register
class RandomSolid(GlyphLayer):
    """Fills counters and gaps, as the heaviest faces and some stencils do.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        pictures = []
        for pixels in (3, 7):  # gaps of up to twice this width are filled
            for window in _windows(pixels):
                closed = glyph.erode(glyph.dilate(_pad(ink, pixels), *window), *window)
                pictures.append(closed[:, pixels:-pixels, pixels:-pixels])
        return self.choose(ink, pictures)


@_register
class RandomStencil(GlyphLayer):
    """Cuts a gap through the letter, at any angle.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        height, width = ink.shape[1:3]
        rows = ops.reshape(ops.arange(height, dtype="float32") / height, (1, -1, 1, 1)) - 0.5
        columns = ops.reshape(ops.arange(width, dtype="float32") / width, (1, 1, -1, 1)) - 0.5
        angle = self.uniform(ink, 0.0, 3.1416)
        place = self.uniform(ink, -0.3, 0.3)
        half = self.uniform(ink, 0.02, 0.06)  # half the gap's width, as a share of the box
        distance = ops.abs(ops.cos(angle) * rows + ops.sin(angle) * columns - place)
        return ink * ops.clip((distance - half) * width, 0.0, 1.0)


@_register
class RandomTexture(GlyphLayer):
    """Makes holes in the strokes or frays their edges, as in worn and painted letters.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        pictures = []
        for grains in (9, 16):  # spots along a side of the box
            spots = glyph.resize(
                self.uniform(ink, 0.0, 1.0, grains, grains, 1), tuple(ink.shape[1:3])
            )
            level = self.uniform(ink, 0.2, 0.45)
            pictures.append(ink * ops.clip((spots - level) * 8.0, 0.0, 1.0))
        return self.choose(ink, pictures)


@_register
class RandomStripes(GlyphLayer):
    """Fills the strokes with stripes, mostly horizontal or vertical; some keep their outline.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        rows, columns = glyph.places(ink)
        quarter = ops.floor(self.uniform(ink, 0.0, 2.0)) * 1.5708
        angle = quarter + self.uniform(ink, -0.15, 0.15) ** 3 * 300.0  # mostly along an axis
        waves = self.uniform(ink, 3.0, 9.0) * 3.1416
        wave = ops.sin(waves * (ops.cos(angle) * rows + ops.sin(angle) * columns))
        kept = ops.clip((wave + self.uniform(ink, -0.2, 0.8)) * 3.0, 0.0, 1.0)
        rim = ink - glyph.erode(ink)
        outlined = self.uniform(ink, 0.0, 1.0) < 0.4
        return ops.where(outlined, ops.maximum(ink * kept, rim), ink * kept)


@_register
class RandomFlourish(GlyphLayer):
    """Adds a swash: a curved stroke from the letter across and beyond the box.

    Stretching then squeezes the letter into a part of the box, as in a script with long tails.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        rows, columns = glyph.places(ink)
        scale = 1.0 / self.uniform(ink, 0.5, 1.0)
        down = self.uniform(ink, -1.0, 1.0) * (1.0 - 1.0 / scale)
        right = self.uniform(ink, -1.0, 1.0) * (1.0 - 1.0 / scale)
        letter = glyph.sample(ink, (rows - down) * scale, (columns - right) * scale)
        bend = self.uniform(ink, -0.6, 0.6)
        base = down + self.uniform(ink, -1.0, 1.0) / scale
        slope = self.uniform(ink, -0.3, 0.3)
        thin = self.uniform(ink, 0.02, 0.08)
        upright = self.uniform(ink, 0.0, 1.0) < 0.5
        along, across = ops.where(upright, rows, columns), ops.where(upright, columns, rows)
        line = base + slope * along + bend * (along - right) ** 2
        swash = (thin - ops.abs(across - line)) * ink.shape[1] / 2 + 0.5
        return ops.maximum(letter, ops.clip(swash, 0.0, 1.0))


@_register
class RandomFrame(GlyphLayer):
    """Puts the letter on a plate, inside rings or under bars: keys, badges, signs, bar codes.

    `GlyphLayer` describes the arguments and errors, and has an example.
    """

    def augment(self, ink: Any) -> Any:
        rows, columns = glyph.places(ink)
        plate, ring, inner = self._plate(ink, rows, columns)
        kind = self.uniform(ink, 0.0, 4.5)
        tall = self.uniform(ink, 0.3, 0.85)  # the letter's height, as a share of the plate's
        wide = ops.clip(tall * self.uniform(ink, 0.6, 1.4), 0.3, 0.9)
        down = self.uniform(ink, -1.0, 1.0) * ops.maximum(0.85 - tall, 0.0)
        right = self.uniform(ink, -1.0, 1.0) * ops.maximum(0.85 - wide, 0.0)
        centred = self.uniform(ink, 0.0, 1.0) < 0.5
        down, right = (ops.where(centred, 0.2 * shift, shift) for shift in (down, right))
        down = ops.where(kind >= 4.0, 1.0 - tall, down)  # below the bars
        letter = glyph.sample(ink, (rows - down) / tall, (columns - right) / wide)
        pictures = (
            plate * (1.0 - letter),
            ops.maximum(ring, letter),
            plate * (1.0 - inner) * (1.0 - letter),
            ops.maximum(ops.maximum(ring, inner), letter),
        )
        bars = ops.cast(self.uniform(ink, 0.0, 1.0, 1, 18, 1) < 0.55, "float32")
        bars = glyph.resize(bars, (1, ink.shape[2]), interpolation="nearest")
        drawn = ops.maximum(letter, bars * ops.cast(rows < 0.95 - 2 * tall, "float32"))
        for number, picture in enumerate(pictures):
            drawn = ops.where(ops.floor(kind) == number, picture, drawn)
        return drawn

    def _plate(self, ink: Any, rows: Any, columns: Any) -> tuple[Any, Any, Any]:
        """Return a shape, the ring along its edge and a ring inside it.

        The shape is a heart, or |x|^p + |y|^p <= 1, which is a diamond, a disc, nearly a square, or
        something in between.
        """
        power = ops.exp(self.uniform(ink, -0.1, 2.5))
        edge = ops.abs(rows) ** power + ops.abs(columns) ** power
        edge = edge ** (1.0 / power)
        heart = rows * 1.1 - 0.75 * ops.sqrt(ops.abs(columns) + 1e-3) + 0.15
        heart = ops.sqrt(heart**2 + columns**2)
        distance = ops.where(self.uniform(ink, 0.0, 1.0) < 0.12, heart, edge)

        def within(radius: Any) -> Any:
            return ops.clip((radius - distance) * 14.0, 0.0, 1.0)

        plate = within(1.0)
        line = self.uniform(ink, 0.05, 0.2)
        gap = 1.0 - line - self.uniform(ink, 0.06, 0.2)
        return plate, plate - within(1.0 - line), within(gap) - within(gap - 0.1)


def augmentation(strength: float = 1.0, seed: int | None = None) -> keras.Sequential:
    """Return all augmentations in sequence, drawn at twice the size for clean edges.

    Args:
        strength: A factor for every layer's rate, 0 to 2; 0 leaves images as they are.
        seed: Seed of the random numbers, or None for new ones each time.

    Returns:
        Layers to put before a model or to map over batches: uint8 or float of shape
        (batch, height, width, channels), 0 to 255, to float32 of the same shape and about the same
        range. JAX takes about a minute to compile them, once for each batch size.

    Raises:
        ArgumentError: `strength` is not from 0 to 2.

    Example:
        >>> import numpy as np
        >>> layers = augmentation(seed=0)
        >>> images = np.full((8, 28, 28, 1), 255, "uint8")
        >>> layers(images, training=True).shape == images.shape
        True
    """
    if not isinstance(strength, int | float) or not 0 <= strength <= 2:  # the highest rate is 0.5
        raise errors.invalid("strength", strength, "be a number from 0 to 2")
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
    # nearly undoes the enlargement
    layers.append(keras.layers.AveragePooling2D(2, name="reduce", **size))
    return keras.Sequential(layers, name="augmentation")
