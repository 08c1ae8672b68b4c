"""Draws letters of a font file as the original's images were drawn: ink, stretched to the box.

Every glyph is drawn six times larger than the box, cropped to its ink and resized to the full
box with a bicubic filter, light on dark. Of twelve combinations of drawing size, filter and
margin these came nearest to the real images (docs/open-edition.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from notmnist.errors import NotMNISTError, invalid

__all__ = ["LETTERS", "FontError", "Glyphs", "draw", "stretch"]

LETTERS = "ABCDEFGHIJ"

_OVERSAMPLING = 6
"""Pixels of the em square per pixel of the box; more is slower and no nearer to the original."""

_NOT_A_CHARACTER = "\U0010ffff"
"""Unicode assigns no glyph to this, so that a font draws its 'missing glyph' box for it."""

_WIDEST = 12
"""Ems; a glyph whose box is larger than this squared is a mistake or an attack, not a letter."""

Glyphs = dict[str, NDArray[np.uint8]]
"""One image, uint8 of shape (size, size), for each letter that the face draws."""


class FontError(NotMNISTError, ValueError):
    """A file cannot be opened as a font, or its outlines cannot be drawn."""


def draw(
    path: str | Path, letters: Sequence[str] = LETTERS, size: int = 28, index: int = 0
) -> Glyphs:
    """Draw letters of one face.

    Args:
        path: A ttf, otf, ttc, woff, woff2 or pfb file.
        letters: Characters to draw.
        size: Height and width of an image in pixels, 4 to 1024.
        index: The face's number within a collection (ttc).

    Returns:
        A uint8 image of shape (size, size) for each letter that the face draws, ink 255 on 0.
        Left out are letters that it lacks (also where it draws a "missing glyph" box instead) and
        blank ones.

    Raises:
        ArgumentError: `size` is out of its range.
        FontError: The file is not a font that FreeType opens, or a glyph breaks it.

    Example:
        >>> import matplotlib
        >>> folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        >>> glyphs = draw(folder / "DejaVuSans.ttf", "AB")
        >>> glyphs["A"].shape, int(glyphs["A"].max())
        ((28, 28), 255)
    """
    if not 4 <= size <= 1024:
        raise invalid("size", size, "be a number of pixels from 4 to 1024")
    try:
        font = ImageFont.truetype(
            str(path), _OVERSAMPLING * size, index, layout_engine=ImageFont.Layout.BASIC
        )
        missing = _ink(font, _NOT_A_CHARACTER)
        inks = {letter: _ink(font, letter) for letter in dict.fromkeys(letters)}
    except (OSError, ValueError, MemoryError, OverflowError) as error:
        raise FontError(f"Cannot draw with the font {Path(path).name!r}: {error}.") from error
    return {
        letter: stretch(ink, size)
        for letter, ink in inks.items()
        if ink is not None and not _same(ink, missing)
    }


def stretch(ink: Image.Image, size: int = 28) -> NDArray[np.uint8]:
    """Stretch a cropped glyph to the whole box, whatever its proportions.

    Args:
        ink: A picture of mode "L" without empty rows or columns at its edges.
        size: Height and width of the box in pixels.

    Returns:
        uint8 of shape (size, size).
    """
    return np.asarray(ink.resize((size, size), Image.Resampling.BICUBIC))


def _ink(font: ImageFont.FreeTypeFont, letter: str) -> Image.Image | None:
    """Draw a letter and crop it to its ink; None where there is none."""
    left, top, right, bottom = (round(edge) for edge in font.getbbox(letter))
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0:
        return None
    if width * height > (_WIDEST * font.size) ** 2:
        raise ValueError(f"the glyph of {letter!r} is {width}×{height} pixels large")
    canvas = Image.new("L", (width + 2, height + 2))  # a pixel of slack for rounding
    ImageDraw.Draw(canvas).text((1 - left, 1 - top), letter, 255, font)
    box = canvas.getbbox()
    return canvas.crop(box) if box else None


def _same(one: Image.Image, other: Image.Image | None) -> bool:
    return other is not None and one.size == other.size and one.tobytes() == other.tobytes()
