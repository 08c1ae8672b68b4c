"""The layout of tiles and text on a sheet."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from notmnist.errors import invalid

__all__ = ["MARGIN", "Grid", "font"]

MARGIN = 8
"""Pixels of margin around a sheet."""

_LINE = 22  # pixels that a line of text takes above the tiles
_CAPTION = 17
_BASE = 12  # the baseline of a line of text, from its top
_HEADED = 340  # least width of a sheet with a heading: "step 123,456   epoch 12" and a bar
_FRAME = 128  # this grey separates a glyph that fills its box from the paper
_LAST_LATIN = "\u024f"  # of the letters that Pillow's font may have


@dataclasses.dataclass(frozen=True)
class Grid:
    """A sheet of equal tiles in rows, white paper around them.

    Attributes:
        count: Number of tiles.
        height: Height of a tile, in its own pixels.
        width: Width of a tile, in its own pixels.
        columns: Tiles per row.
        zoom: Pixels of the sheet for one pixel of a tile: a whole number, so that edges stay crisp.
        lines: Lines of text above the tiles.
        captioned: Whether there is room for a line of text below each tile.
        left: Pixels to the left of the tiles, for the names of rows.
    """

    count: int
    height: int
    width: int
    columns: int
    zoom: int = 1
    lines: int = 0
    captioned: bool = False
    left: int = 0

    @classmethod
    def fit(
        cls, units: int, shape: Sequence[int], columns: int | None, size: int | None, **rest: Any
    ) -> Grid:
        """Return a grid for units of a shape (height, width, channels), a tile for each channel.

        A tile's longer side has `size` pixels, rounded down to whole pixels of the tile. If
        `columns` or `size` is None, it is chosen to suit a page.

        Raises:
            ArgumentError: `columns` or `size` is not a positive integer.
        """
        for name, value in (("columns", columns), ("size", size)):
            if value is not None and (not isinstance(value, int | np.integer) or value < 1):
                raise invalid(name, value, "be a positive integer or None")
        height, width, channels = shape
        columns = min(columns or _suitable(units, channels), units * channels)
        longer = max(height, width)
        size = size or max(longer, min(84 if units <= 20 else 56, 900 // columns))
        return cls(units * channels, height, width, columns, max(1, size // longer), **rest)

    @property
    def step(self) -> tuple[int, int]:
        """Pixels from a tile to the one below it and to the one beside it."""
        caption = _CAPTION if self.captioned else 0
        return self.height * self.zoom + self._gap + caption, self.width * self.zoom + self._gap

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the sheet in pixels."""
        down, across = self.step
        height = math.ceil(self.count / self.columns) * down - self._gap
        width = self.left + self.columns * across - self._gap
        height += 2 * MARGIN + self.lines * _LINE
        return height, max(width + 2 * MARGIN, _HEADED if self.lines else 0)

    def corner(self, place: int) -> tuple[int, int]:
        """Return the top and left pixel of a tile."""
        down, across = self.step
        row, column = divmod(place, self.columns)
        spare = self.size[1] - 2 * MARGIN - self.left - self.columns * across + self._gap
        left = MARGIN + self.left + spare // 2
        return MARGIN + self.lines * _LINE + row * down, left + column * across

    def draw(
        self,
        tiles: NDArray[np.uint8],
        captions: Iterable[str] = (),
        heading: Sequence[str] = (),
        places: Iterable[int] | None = None,
    ) -> Image.Image:
        """Return the sheet of framed tiles; arguments are as for `page`, `write` and `fill`."""
        page = self.page(captions)
        self.write(page, 0, heading)
        sheet = np.array(page if tiles.ndim == 3 else page.convert("RGB"))
        self.fill(sheet, tiles, places, framed=True)
        return Image.fromarray(sheet)

    def page(self, captions: Iterable[str] = ()) -> Image.Image:
        """Return a white page with the captions, all in the largest size that fits."""
        height, width = self.size
        picture = Image.new("L", (width, height), 255)
        written = list(captions)
        room = self.step[1] - 1
        points = _points(written, room, (14, 12, 10, 8))
        shift = (room - self.width * self.zoom) // 2
        middle = shift + self.width * self.zoom / 2, _CAPTION / 2 + 1
        for place, caption in enumerate(written):
            top, left = self.corner(place)
            strip = Image.new("L", (room, _CAPTION), 255)
            ImageDraw.Draw(strip).text(middle, caption, 0, font(points, caption), anchor="mm")
            picture.paste(strip, (left - shift, top + self.height * self.zoom + 1))
        return picture

    def write(
        self, picture: Image.Image, line: int, items: Sequence[str], reserved: int = 0
    ) -> None:
        """Write a line above the tiles, leaving out the last items if they do not fit.

        On the right, `reserved` pixels stay free.
        """
        room = picture.width - 2 * MARGIN - reserved
        for number in range(len(items), 0, -1):
            content = "   ".join(items[:number])
            points = _points([content], room, (15, 13, 11))
            if font(points).getlength(content) <= room:
                place = (MARGIN, MARGIN + line * _LINE + _BASE)
                ImageDraw.Draw(picture).text(place, content, 0, font(points), anchor="ls")
                return

    def fill(
        self,
        page: NDArray[np.uint8],
        tiles: NDArray[np.uint8],
        places: Iterable[int] | None = None,
        *,
        framed: bool = False,
    ) -> None:
        """Put tiles on a page, in order or in the given `places`, with grey frames if `framed`.

        Both are uint8, the page of shape `size`, the tiles of shape (tiles, height, width), with a
        last axis of 3 for colours.
        """
        large = tiles.repeat(self.zoom, axis=1).repeat(self.zoom, axis=2)
        height, width = self.height * self.zoom, self.width * self.zoom
        for place, tile in zip(range(len(tiles)) if places is None else places, large, strict=True):
            top, left = self.corner(place)
            if framed:
                page[top - 1 : top + height + 1, left - 1 : left + width + 1] = _FRAME
            page[top : top + height, left : left + width] = tile

    @property
    def _gap(self) -> int:
        return max(4, self.zoom)


def font(points: int, text: str = "") -> Any:
    """Return Pillow's own font, or matplotlib's for a text that is not in Latin letters.

    Without matplotlib, Pillow's font draws other letters as boxes.
    """
    return _font(points, latin=max(text, default="") <= _LAST_LATIN)


@functools.cache
def _font(points: int, latin: bool) -> Any:
    if not latin:
        with contextlib.suppress(ImportError):
            import matplotlib

            folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
            return ImageFont.truetype(folder / "DejaVuSans.ttf", points)
    return ImageFont.load_default(points)


def _points(texts: Sequence[str], room: int, sizes: Sequence[int]) -> int:
    """Return the largest size in which all texts fit, or the smallest."""
    for points in sizes:
        if all(font(points, text).getlength(text) <= room for text in texts):
            return points
    return sizes[-1]


def _suitable(units: int, channels: int) -> int:
    """Return the number of columns: about a square for many units, two rows for ten."""
    if channels > 1:
        across = max(1, round(math.sqrt(units * 1.2 / channels)))
        return min(across * channels, 24) if channels <= 24 else channels
    if units <= 4:
        return units
    if units <= 20:
        return math.ceil(units / 2)
    return math.ceil(math.sqrt(units))
