"""Augmentations that bend the glyph: slant, perspective, elastic, coarse pixels."""

from __future__ import annotations

from typing import Any

from keras import ops

from notmnist.models.augmentation.glyph import GlyphLayer, places, register, sample

__all__ = ["RandomElastic", "RandomPerspective", "RandomPixels", "RandomShear"]


def _read(ink: Any, rows: Any, columns: Any) -> Any:
    """`sample` at places given from -1 to 1."""
    height, width = ink.shape[1:3]
    rows, columns = ops.broadcast_to(rows + 0 * columns, _full(ink)), columns + 0 * rows
    return sample(ink, (rows + 1.0) * height / 2 - 0.5, (columns + 1.0) * width / 2 - 0.5)


def _full(ink: Any) -> tuple[Any, int, int]:
    return (ops.shape(ink)[0], ink.shape[1], ink.shape[2])


@register
class RandomShear(GlyphLayer):
    """Slants the letters, as an italic does, and turns them a little.

    Args:
        factor: Greatest slant, in box widths a box height.
        turn: Greatest rotation in radians.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, factor: float = 0.5, turn: float = 0.12, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor
        self.turn = turn

    def augment(self, ink: Any) -> Any:
        rows, columns = (axis[..., 0] for axis in places(ink))
        slant = self.uniform(ink, -self.factor, self.factor, 1, 1)
        angle = self.uniform(ink, -self.turn, self.turn, 1, 1)
        room = 1.0 + ops.abs(slant) + ops.abs(angle)  # nothing leaves the box; stretch undoes it
        rows, columns = rows * (1.0 + ops.abs(angle)), columns * room
        rows, columns = rows + angle * columns, columns - angle * rows
        return _read(ink, rows, columns + slant * rows)


@register
class RandomPerspective(GlyphLayer):
    """Looks at the letter from aside: one edge grows, the opposite one shrinks.

    Args:
        factor: Greatest change of an edge's length, as a share of it, 0 to 0.9.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, factor: float = 0.4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def augment(self, ink: Any) -> Any:
        rows, columns = (axis[..., 0] for axis in places(ink))
        tilt = self.uniform(ink, -self.factor, self.factor, 1, 1)
        swing = self.uniform(ink, -self.factor, self.factor, 1, 1)
        depth = 1.0 + tilt * rows + swing * columns
        depth = ops.maximum(depth, 0.2)
        room = 1.0 + 0.0 * tilt
        return _read(ink, room * rows / depth, room * columns / depth)


@register
class RandomElastic(GlyphLayer):
    """Moves parts of the letter against each other, smoothly, as handwriting does.

    Args:
        factor: Greatest shift of a part, as a share of the box.
        parts: Independent shifts along each side of the box; more is rougher.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, factor: float = 0.12, parts: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor
        self.parts = parts

    def augment(self, ink: Any) -> Any:
        rows, columns = (axis[..., 0] for axis in places(ink))
        size = tuple(ink.shape[1:3])
        coarse = self.uniform(ink, -2 * self.factor, 2 * self.factor, self.parts, self.parts, 2)
        shift = ops.image.resize(coarse, size, "bicubic", data_format="channels_last")
        room = 1.0 + 2 * self.factor
        return _read(ink, rows * room + shift[..., 0], columns * room + shift[..., 1])


@register
class RandomPixels(GlyphLayer):
    """Draws the letter with a few large pixels, as bitmap faces do.

    Args:
        pixels: Pixels along a side, for each the fewest first; one of them is drawn a batch.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, pixels: tuple[int, ...] = (6, 7, 8, 10), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pixels = tuple(pixels)

    def augment(self, ink: Any) -> Any:
        size = tuple(ink.shape[1:3])
        which = self.uniform(ink, 0.0, float(len(self.pixels)))
        result = ink
        for number, pixels in enumerate(self.pixels):
            few = _resize(ink, (pixels, pixels), antialias=True)
            large = _resize(ops.cast(few > 0.5, "float32"), size, interpolation="nearest")
            result = ops.where(ops.floor(which) == number, large, result)
        return result


def _resize(ink: Any, size: tuple[int, ...], **kwargs: Any) -> Any:
    return ops.image.resize(ink, size, data_format="channels_last", **kwargs)
