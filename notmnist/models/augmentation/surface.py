"""Augmentations of what surrounds and fills the strokes: texture, stripes, frames, flourishes."""

from __future__ import annotations

from typing import Any

from keras import ops

from notmnist.models.augmentation.glyph import GlyphLayer, erode, places, register, sample

__all__ = ["RandomFlourish", "RandomFrame", "RandomStripes", "RandomTexture"]


@register
class RandomTexture(GlyphLayer):
    """Eats holes into the strokes or frays their edges, as worn and painted faces do.

    Args:
        grains: Spots along a side of the box, the coarsest first.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, grains: tuple[int, ...] = (9, 16), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.grains = tuple(grains)

    def augment(self, ink: Any) -> Any:
        size = tuple(ink.shape[1:3])
        result = ink
        which = self.uniform(ink, 0.0, float(len(self.grains)))
        for number, grains in enumerate(self.grains):
            spots = self.uniform(ink, 0.0, 1.0, grains, grains, 1)
            spots = ops.image.resize(spots, size, "bilinear", data_format="channels_last")
            level = self.uniform(ink, 0.2, 0.45)
            kept = ops.clip((spots - level) * 8.0, 0.0, 1.0)
            result = ops.where(ops.floor(which) == number, ink * kept, result)
        return result


@register
class RandomStripes(GlyphLayer):
    """Fills the strokes with stripes of any direction; some also end between the stripes.

    Args:
        most: Greatest number of stripes across the box.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, most: float = 9.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def augment(self, ink: Any) -> Any:
        rows, columns = places(ink)
        quarter = ops.floor(self.uniform(ink, 0.0, 2.0)) * 1.5708
        angle = quarter + self.uniform(ink, -0.15, 0.15) ** 3 * 300.0  # mostly level or upright
        waves = self.uniform(ink, 3.0, self.most) * 3.1416
        wave = ops.sin(waves * (ops.cos(angle) * rows + ops.sin(angle) * columns))
        kept = ops.clip((wave + self.uniform(ink, -0.2, 0.8)) * 3.0, 0.0, 1.0)
        rim = ink - erode(ink)
        outlined = self.uniform(ink, 0.0, 1.0) < 0.4
        return ops.where(outlined, ops.maximum(ink * kept, rim), ink * kept)


@register
class RandomFrame(GlyphLayer):
    """Puts the letter on a plate, within rings or under bars: keys, badges, road signs, bar codes.

    Args:
        smallest: Least size of the letter, as a share of the plate's.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, smallest: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.smallest = smallest

    def augment(self, ink: Any) -> Any:
        rows, columns = places(ink)
        plate, ring, inner = self._plate(ink, rows, columns)
        kind = self.uniform(ink, 0.0, 4.5)
        tall = self.uniform(ink, self.smallest, 0.85)
        wide = ops.clip(tall * self.uniform(ink, 0.6, 1.4), self.smallest, 0.9)
        down = self.uniform(ink, -1.0, 1.0) * ops.maximum(0.85 - tall, 0.0)
        right = self.uniform(ink, -1.0, 1.0) * ops.maximum(0.85 - wide, 0.0)
        centred = self.uniform(ink, 0.0, 1.0) < 0.5
        down, right = (ops.where(centred, 0.2 * shift, shift) for shift in (down, right))
        barred = kind >= 4.0
        down = ops.where(barred, 1.0 - tall, down)
        height, width = ink.shape[1:3]
        at_rows = ((rows - down) / tall + 0.0 * columns + 1.0) * height / 2 - 0.5
        at_columns = ((columns - right) / wide + 0.0 * rows + 1.0) * width / 2 - 0.5
        letter = sample(ink, at_rows[..., 0], at_columns[..., 0])
        pictures = (
            plate * (1.0 - letter),
            ops.maximum(ring, letter),
            plate * (1.0 - inner) * (1.0 - letter),
            ops.maximum(ops.maximum(ring, inner), letter),
        )
        drawn = ops.maximum(letter, self._bars(ink) * ops.cast(rows < 0.95 - 2 * tall, "float32"))
        for number, picture in enumerate(pictures):
            drawn = ops.where(ops.floor(kind) == number, picture, drawn)
        return drawn

    def _plate(self, ink: Any, rows: Any, columns: Any) -> tuple[Any, Any, Any]:
        """A shape, the ring along its edge and a ring within it.

        The shape is between square, disc and diamond, |x|^p + |y|^p <= 1; or a heart.
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

    def _bars(self, ink: Any) -> Any:
        """Upright bars of some widths, (batch, 1, width, 1)."""
        width = ink.shape[2]
        bars = ops.cast(self.uniform(ink, 0.0, 1.0, 1, 18, 1) < 0.55, "float32")
        return ops.image.resize(bars, (1, width), "nearest", data_format="channels_last")


@register
class RandomFlourish(GlyphLayer):
    """Adds a swash: a bent stroke from the letter across and beyond the box.

    What the stretch makes of it is what scripts with long tails look like: the letter squeezed
    into a part of the box.

    Args:
        reach: Greatest distance that the swash leaves the box by, as a share of it.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, reach: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reach = reach

    def augment(self, ink: Any) -> Any:
        height, width = ink.shape[1:3]
        rows, columns = places(ink)
        scale = 1.0 / self.uniform(ink, 1.0 - self.reach, 1.0)
        down = self.uniform(ink, -1.0, 1.0) * (1.0 - 1.0 / scale)
        right = self.uniform(ink, -1.0, 1.0) * (1.0 - 1.0 / scale)
        at_rows = ((rows - down) * scale + 0.0 * columns + 1.0) * height / 2 - 0.5
        at_columns = ((columns - right) * scale + 0.0 * rows + 1.0) * width / 2 - 0.5
        letter = sample(ink, at_rows[..., 0], at_columns[..., 0])
        bend = self.uniform(ink, -0.6, 0.6)
        base = down + self.uniform(ink, -1.0, 1.0) / scale
        slope = self.uniform(ink, -0.3, 0.3)
        line = base + slope * columns + bend * (columns - right) ** 2
        thin = self.uniform(ink, 0.02, 0.08)
        swash = ops.clip((thin - ops.abs(rows - line)) * height / 2 + 0.5, 0.0, 1.0)
        upright = self.uniform(ink, 0.0, 1.0) < 0.5
        swash = ops.where(upright, ops.transpose(swash, (0, 2, 1, 3)), swash)
        return ops.maximum(letter, swash)
