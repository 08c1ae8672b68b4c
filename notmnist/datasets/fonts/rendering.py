"""Draws letters from a font file in the style of the original: ink stretched to fill the box.

Every glyph is drawn six times larger than the box, cropped to its ink and resized to the full
box with a bicubic filter, light on dark. Of twelve combinations of drawing size, filter and
margin this one came closest to the real images (docs/open-edition.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from notmnist.datasets.letters import IMAGE_SHAPE
from notmnist.errors import ArchiveError

__all__ = ["draw", "open_face", "stretch"]

_SIZE = IMAGE_SHAPE[0]

_OVERSAMPLING = 6  # pixels of the em per pixel of the box; more is slower and no closer
_NOT_A_CHARACTER = "\U0010ffff"  # for which a font draws its "missing glyph" box
_WIDEST = 12  # ems; a glyph whose box is larger than this squared is a mistake or an attack


def draw(
    path: str | Path, letters: Sequence[str], size: int = _SIZE, index: int = 0
) -> dict[str, NDArray[np.uint8]]:
    """Draw letters of one face; `index` is its number within a collection (ttc).

    Returns:
        A uint8 image of shape (size, size) for each letter that the face draws, ink 255 on 0.
        Letters that it lacks (also if it draws a "missing glyph" box instead) and blank ones are
        left out.

    Raises:
        ArchiveError: FreeType cannot open the file as a font, or cannot draw a glyph.

    Example:
        >>> import matplotlib
        >>> folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        >>> glyphs = draw(folder / "DejaVuSans.ttf", "AB")
        >>> glyphs["A"].shape, int(glyphs["A"].max())
        ((28, 28), 255)
    """
    glyphs = {}
    try:
        font = open_face(path, _OVERSAMPLING * size, index)
        missing = _ink(font, _NOT_A_CHARACTER)
        for letter in letters:
            ink = _ink(font, letter)
            if ink is not None and not _same(ink, missing):
                glyphs[letter] = stretch(ink, size)
    except Exception as error:  # whatever Pillow raises for a damaged font
        message = f"Cannot draw with the font {str(path)!r}: {error}."
        raise ArchiveError(message) from error
    return glyphs


def open_face(path: str | Path, size: int, index: int) -> ImageFont.FreeTypeFont:
    """Open a face at `size` pixels per em.

    `ImageFont.truetype` would replace a damaged file with a system font of the same name.
    """
    return ImageFont.FreeTypeFont(str(path), size, index, layout_engine=ImageFont.Layout.BASIC)


def stretch(ink: Image.Image, size: int = _SIZE) -> NDArray[np.uint8]:
    """Stretch a picture of mode "L", cropped to its ink, to the whole box."""
    return np.asarray(ink.resize((size, size), Image.Resampling.BICUBIC))


def _ink(font: ImageFont.FreeTypeFont, letter: str) -> Image.Image | None:
    """Draw a letter and crop it to its ink; None if it is blank."""
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
