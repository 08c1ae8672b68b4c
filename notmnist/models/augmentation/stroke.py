"""Augmentations of the strokes: weight, outline, shadow, stencil, solid."""

from __future__ import annotations

from typing import Any

from keras import ops

from notmnist.models.augmentation.glyph import GlyphLayer, dilate, erode, register

__all__ = ["RandomOutline", "RandomShadow", "RandomSolid", "RandomStencil", "RandomStroke"]


def _choose(which: Any, pictures: list[Any]) -> Any:
    """Picture number floor(which) for each image; `which` of shape (batch, 1, 1, 1)."""
    result = pictures[0]
    for number, picture in enumerate(pictures[1:], 1):
        result = ops.where(ops.floor(which) == number, picture, result)
    return result


def _pad(ink: Any, pixels: int) -> Any:
    return ops.pad(ink, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)))


@register
class RandomStroke(GlyphLayer):
    """Makes strokes bolder or lighter, all of them or only the upright or level ones.

    Args:
        pixels: Greatest change on each side of a stroke, in pixels of the input.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, pixels: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pixels = pixels

    def augment(self, ink: Any) -> Any:
        ink = _pad(ink, self.pixels)
        wide = 2 * self.pixels + 1
        pictures = []
        for size in ((wide, wide), (wide, 1), (1, wide)):
            pictures += [dilate(ink, *size), erode(ink, *size)]
        chosen = _choose(self.uniform(ink, 0.0, float(len(pictures))), pictures)
        return ink + self.uniform(ink, 0.2, 1.0) * (chosen - ink)


@register
class RandomOutline(GlyphLayer):
    """Draws the letter's contour: around it, inside it, or as a light line within its strokes.

    Args:
        pixels: Half of the line's greatest width, in pixels of the input.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, pixels: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pixels = pixels

    def augment(self, ink: Any) -> Any:
        ink = ops.clip(_pad(ink, 3 * self.pixels) * 3.0 - 1.0, 0.0, 1.0)  # soft edges would fade
        wide = 2 * self.pixels + 1
        bold, light = dilate(ink, wide, wide), erode(ink, wide, wide)
        bolder, lighter = dilate(bold, wide, wide), erode(light, wide, wide)
        pictures = [
            bold - ink,  # a line around the letter
            ink - light,  # a line inside its edge
            bolder - ink,  # a thick line around
            bolder - bold + ink,  # the letter and a line at a distance
            ink - light + lighter,  # an inline face
        ]
        return _choose(self.uniform(ink, 0.0, float(len(pictures))), pictures)


@register
class RandomShadow(GlyphLayer):
    """Adds a second letter behind the first: a drop shadow, an extrusion, or only the shadow.

    Args:
        pixels: The shadow's greatest distance, in pixels of the input.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, pixels: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pixels = pixels

    def augment(self, ink: Any) -> Any:
        ink = _pad(ink, self.pixels + 1)
        flip = self.uniform(ink, 0.0, 1.0) < 0.5
        ink = ops.where(flip, ops.flip(ink, axis=2), ink)
        behind = ink
        for step in range(1, self.pixels + 1):
            behind = ops.maximum(behind, ops.roll(ink, (step, step), axis=(1, 2)))
        halo = dilate(ink)
        shifted = ops.roll(ink, (self.pixels, self.pixels), axis=(1, 2))
        pictures = [
            ops.maximum(ink, shifted * (1.0 - halo)),  # a drop shadow with a gap
            behind,  # an extrusion
            behind * (1.0 - ink),  # only its sides
            ops.maximum(ink, behind * (1.0 - halo)),
        ]
        drawn = _choose(self.uniform(ink, 0.0, float(len(pictures))), pictures)
        return ops.where(flip, ops.flip(drawn, axis=2), drawn)


@register
class RandomSolid(GlyphLayer):
    """Fills counters and gaps, as the heaviest faces and some stencils do.

    Args:
        openings: Half of the width that an opening must have to stay, in pixels of the input; one
            of them is drawn for each image.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, openings: tuple[int, ...] = (3, 7), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.openings = tuple(openings)

    def augment(self, ink: Any) -> Any:
        pictures = []
        for pixels in self.openings:
            wide = 2 * pixels + 1
            for size in ((wide, wide), (wide, 1), (1, wide)):
                closed = erode(dilate(_pad(ink, pixels), *size), *size)
                pictures.append(closed[:, pixels:-pixels, pixels:-pixels])
        return _choose(self.uniform(ink, 0.0, float(len(pictures))), pictures)


@register
class RandomStencil(GlyphLayer):
    """Cuts a gap through the letter, level, upright or slanting.

    Args:
        width: The gap's greatest width as a share of the box.
        **kwargs: `rate` and `seed` of `GlyphLayer`.
    """

    def __init__(self, width: float = 0.12, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width = width

    def augment(self, ink: Any) -> Any:
        height, width = ink.shape[1:3]
        rows = ops.reshape(ops.arange(height, dtype="float32") / height, (1, -1, 1, 1)) - 0.5
        columns = ops.reshape(ops.arange(width, dtype="float32") / width, (1, 1, -1, 1)) - 0.5
        angle = self.uniform(ink, 0.0, 3.1416)
        place = self.uniform(ink, -0.3, 0.3)
        half = self.uniform(ink, 0.02, self.width / 2)
        distance = ops.abs(ops.cos(angle) * rows + ops.sin(angle) * columns - place)
        return ink * ops.clip((distance - half) * width, 0.0, 1.0)
