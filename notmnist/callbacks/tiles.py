"""Tiles on paper: many small pictures and a line or two of text as one palette image."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from notmnist.errors import invalid
from notmnist.plots.palette import LEVELS, PAPER

__all__ = ["Grid", "text"]

_MARGIN = 8
_MIN_WIDTH = 340  # room for "step 123,456   epoch 12" beside the colour bar
_LINE = 22  # pixels a line of text takes
_BASE = 17  # its letters stand on this row
_BAR = 77  # pixels of the colour bar: every third level


@dataclasses.dataclass(frozen=True)
class Grid:
    """Where tiles and lines of text go; the same for every frame of a fit.

    Attributes:
        tiles: How many.
        height: Of a tile, in its own pixels.
        width: Of a tile, in its own pixels.
        columns: Tiles a row.
        zoom: Pixels on paper for one pixel of a tile: a whole number, so that edges stay crisp.
        lines: Lines of text above the tiles.
        caption: Pixels of paper below each tile for a line of text of its own.
    """

    tiles: int
    height: int
    width: int
    columns: int
    zoom: int
    lines: int
    caption: int = 0

    @classmethod
    def fit(
        cls,
        tiles: int,
        shape: tuple[int, int, int],
        columns: int | None,
        size: int | None,
        lines: int,
        caption: int = 0,
    ) -> Grid:
        """Return the grid for `tiles` tiles of `shape`, one for each channel."""
        for name, value in (("columns", columns), ("size", size)):
            if value is not None and (not isinstance(value, int | np.integer) or value < 1):
                raise invalid(name, value, "be a positive integer or None")
        height, width, channels = shape
        count = tiles * channels
        if columns is None:
            columns = _columns(tiles, channels)
        columns = min(columns, count)
        if size is None:
            size = max(max(height, width), min(84, 900 // columns))
        return cls(
            count, height, width, columns, max(1, size // max(height, width)), lines, caption
        )

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return math.ceil(self.tiles / self.columns)

    @property
    def gap(self) -> int:
        """Pixels of paper between two tiles."""
        return max(2, self.zoom)

    @property
    def step(self) -> tuple[int, int]:
        """Pixels from a tile to the one below it and to the one beside it."""
        down = self.height * self.zoom + self.caption + self.gap
        return down, self.width * self.zoom + self.gap

    @property
    def block(self) -> tuple[int, int]:
        """Height and width of all tiles together, in pixels."""
        down, across = self.step
        return self.rows * down - self.gap, self.columns * across - self.gap

    @property
    def line_height(self) -> int:
        """Pixels a line of text takes."""
        return _LINE

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture in pixels."""
        down, across = self.block
        top = self.lines * self.line_height + (_MARGIN // 2 if self.lines else 0)
        return down + top + 2 * _MARGIN, max(across + 2 * _MARGIN, _MIN_WIDTH if self.lines else 0)

    def draw(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture without its text.

        Args:
            tiles: Palette entries, uint8, shape (tiles, height, width).

        Returns:
            Palette entries, uint8, shape `size`.
        """
        rows, (step_y, step_x) = self.rows, self.step
        sheet = np.full((rows * self.columns, step_y, step_x), PAPER, np.uint8)
        zoomed = tiles.repeat(self.zoom, axis=1).repeat(self.zoom, axis=2)
        sheet[: self.tiles, : self.height * self.zoom, : self.width * self.zoom] = zoomed
        block = sheet.reshape(rows, self.columns, step_y, step_x).transpose(0, 2, 1, 3)
        block = block.reshape(rows * step_y, -1)[: -self.gap, : -self.gap]
        height, width = self.size
        page = np.full((height, width), PAPER, np.uint8)
        left = (width - block.shape[1]) // 2
        page[height - _MARGIN - block.shape[0] : height - _MARGIN, left : left + block.shape[1]] = (
            block
        )
        return page

    def corner(self, tile: int) -> tuple[int, int]:
        """Return the top and left pixel of a tile on the picture."""
        height, width = self.size
        down, across = self.block
        row, column = divmod(tile, self.columns)
        return (
            height - _MARGIN - down + row * self.step[0],
            (width - across) // 2 + column * self.step[1],
        )

    def write_caption(self, page: NDArray[np.uint8], tile: int, content: str) -> None:
        """Write a line of text below a tile, as large as fits."""
        top, left = self.corner(tile)
        for points in (14, 12, 10, 8):
            ink = text(content, points)
            if ink.shape[1] <= self.width * self.zoom:
                break
        room = self.width * self.zoom + self.gap - 1
        inset = max(0, (room - ink.shape[1]) // 2)
        _stamp(
            page,
            ink[2 : 2 + self.caption, : room - inset],
            top + self.height * self.zoom,
            left + inset,
        )

    def write(
        self, page: NDArray[np.uint8], line: int, items: Sequence[str], bar: str | None = None
    ) -> None:
        """Write items of text into a line of the page, leaving out last items that do not fit.

        Args:
            page: From `draw`; changed in place.
            line: 0 for the top one.
            items: Short texts, the important ones first.
            bar: The largest magnitude as text, to end the line with the colours of minus to plus
                that much; None for no bar, "" for a bar without numbers.
        """
        room = page.shape[1] - 2 * _MARGIN
        top = _MARGIN - 2 + line * self.line_height
        if bar is not None:
            colours = _bar(bar)
            _stamp(page, colours, top, page.shape[1] - _MARGIN - colours.shape[1])
            room -= colours.shape[1] + 2 * _MARGIN
        fitting = list(items)
        while fitting:
            for points in (15, 13, 11):
                ink = text("   ".join(fitting), points)
                if ink.shape[1] <= room:
                    _stamp(page, ink, top, _MARGIN)
                    return
            fitting.pop()


def text(content: str, points: int = 15) -> NDArray[np.uint8]:
    """Return text as palette entries, dark on paper, uint8, shape (22, its width)."""
    starts = [0.0]
    for letter in content:
        starts.append(starts[-1] + _glyph(letter, points)[1])
    line = np.full((_LINE, math.ceil(starts[-1]) + 2), PAPER, np.uint8)
    for start, letter in zip(starts, content, strict=False):
        ink, _ = _glyph(letter, points)
        place = line[:, round(start) : round(start) + ink.shape[1]]
        np.maximum(place, ink[:, : place.shape[1]], out=place)
    return line


@functools.lru_cache(maxsize=1000)
def _glyph(letter: str, points: int) -> tuple[NDArray[np.uint8], float]:
    """Return a letter's entries and how far it moves on; drawing it anew costs 0.1 ms."""
    font = _font(points)
    advance = font.getlength(letter)
    image = Image.new("L", (math.ceil(advance) + 2, _LINE), 0)
    ImageDraw.Draw(image).text((0, _BASE), letter, fill=255, font=font, anchor="ls")
    ink = np.asarray(image, np.float32) * ((255 - PAPER) / 255)
    return (PAPER + np.rint(ink)).astype(np.uint8), advance


def _stamp(page: NDArray[np.uint8], ink: NDArray[np.uint8], top: int, left: int) -> None:
    place = page[top : top + ink.shape[0], left : left + ink.shape[1]]
    np.copyto(place, ink[: place.shape[0], : place.shape[1]])


def _bar(largest: str) -> NDArray[np.uint8]:
    low, high = (text(sign + largest, 13) for sign in ("-", "+"))
    colours = np.full((low.shape[0], _BAR), PAPER, np.uint8)
    colours[6:18] = np.rint(np.linspace(0, LEVELS - 1, _BAR))
    space = np.full((low.shape[0], 4), PAPER, np.uint8)
    return np.hstack([low, space, colours, space, high])


@functools.cache
def _font(points: int) -> Any:
    return ImageFont.load_default(points)


def _columns(units: int, channels: int) -> int:
    """As square as can be for many units, two rows for ten: wide suits a page and a slide."""
    if channels > 1:
        across = max(1, round(math.sqrt(units * 1.2 / channels)))
        return min(across * channels, 24) if channels <= 24 else channels
    if units <= 4:
        return units
    if units <= 20:
        return math.ceil(units / 2)
    return math.ceil(math.sqrt(units))
