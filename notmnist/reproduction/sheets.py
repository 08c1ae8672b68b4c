"""Sheets of letters as grey pictures."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from notmnist.datasets import CLASS_NAMES

__all__ = ["letter_sheet", "strip", "tagged_sheet"]

Images = npt.NDArray[np.uint8]
_GAP = 3
_TAG = 15  # pixels for the letter below an image


def letter_sheet(images: Images, labels: npt.NDArray[np.uint8], columns: int = 16) -> Image.Image:
    """Return a row of images for each letter, drawn at random but the same ones always."""
    rng = np.random.default_rng(0)
    cells = np.zeros((len(CLASS_NAMES), columns, 28, 28), np.uint8)
    for label in range(len(CLASS_NAMES)):
        members = rng.permutation(np.flatnonzero(labels == label))[:columns]
        cells[label, : len(members)] = images[np.sort(members)]
    return Image.fromarray(_lay_out(cells))


def tagged_sheet(images: Images, tags: Sequence[str], columns: int = 16) -> Image.Image:
    """Return images in rows with a short text below each."""
    rows = -(-len(images) // columns)
    cells = np.zeros((rows * columns, 28 + _TAG, 28), np.uint8)
    cells[: len(images), :28] = images
    sheet = Image.fromarray(_lay_out(cells.reshape(rows, columns, 28 + _TAG, 28)))
    draw = ImageDraw.Draw(sheet)
    for place, tag in enumerate(tags):
        row, column = divmod(place, columns)
        left, top = column * (28 + _GAP) + _GAP, row * (28 + _TAG + _GAP) + _GAP
        draw.text((left + 14, top + 28 + 2), tag, fill=170, font=_font(), anchor="mt")
    return sheet


def strip(images: Images) -> Image.Image:
    """Return images side by side without a gap, to be cut apart again."""
    return Image.fromarray(np.hstack(list(images)))


def _lay_out(cells: Images) -> Images:
    """Return cells, (rows, columns, height, width), as one picture with gaps around them."""
    rows, columns, height, width = cells.shape
    padded = np.pad(cells, ((0, 0), (0, 0), (_GAP, 0), (_GAP, 0)))
    page = padded.transpose(0, 2, 1, 3).reshape(rows * (height + _GAP), columns * (width + _GAP))
    return np.pad(page, ((0, _GAP), (0, _GAP)))


@functools.cache
def _font() -> Any:
    return ImageFont.load_default(12)
