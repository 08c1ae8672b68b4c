"""Sheets of images as one picture, with Pillow alone: samples, mistakes, copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from notmnist.datasets.curation.rule import Curation
from notmnist.errors import invalid

__all__ = ["class_sheet", "copies_sheet", "sheet"]

_PAPER, _FRAME, _INK = 255, 128, 0  # the frame tells a glyph that fills its box from paper
_MARGIN = 8  # pixels of the finished sheet
_KINDS = {
    "exact": "equal images",
    "near": "near copies",
    "conflict": "copies under different labels",
}

Grey = npt.NDArray[np.uint8]


def sheet(
    images: npt.NDArray[Any],
    *,
    captions: Sequence[str] | None = None,
    columns: int = 16,
    scale: int = 2,
) -> Image.Image:
    """Draw images in rows, each with a caption below where there are captions.

    Args:
        images: uint8 array of shape `(rows, height, width)` or `(rows, height, width, 1)`.
        captions: A short text for each image, or None.
        columns: Images a row, at least 1.
        scale: Pixels of the sheet a pixel of an image, at least 1.

    Returns:
        A grey picture, white where there is nothing.

    Raises:
        ArgumentError: `images` are no grey images or none, a number is less than 1, or there are
            not as many captions as images.

    Example:
        >>> (images, _), _ = notmnist.load_data("open", verbose=0)
        >>> notmnist.sheets.sheet(images[:32], columns=16, scale=1).size
        (528, 80)
    """
    images = _grey(images)
    if captions is not None and len(captions) != len(images):
        raise invalid("captions", len(captions), f"be as many as the {len(images)} images")
    if columns < 1 or scale < 1:
        raise invalid("columns, scale", (columns, scale), "be at least 1")
    font = ImageFont.load_default(size=12)
    below = 0 if captions is None else 15
    columns = min(columns, len(images))
    height, width = images.shape[1] * scale + below + 4, images.shape[2] * scale + 4
    rows = -(-len(images) // columns)
    size = (columns * width + 2 * _MARGIN, rows * height + 2 * _MARGIN)
    picture = Image.new("L", size, _PAPER)
    pen = ImageDraw.Draw(picture)
    for place, image in enumerate(images):
        left, top = _MARGIN + place % columns * width, _MARGIN + place // columns * height
        picture.paste(_enlarge(image, scale), (left, top))
        if captions is not None:
            middle = (left + width / 2 - 1, top + height - below + 3)
            pen.text(middle, captions[place], _INK, font, anchor="mm")
    return picture


def class_sheet(
    images: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    class_names: Sequence[str],
    *,
    columns: int = 20,
    scale: int = 2,
) -> Image.Image:
    """Draw the first images of each class, a row a class, its name on the left.

    Args:
        images: uint8 array of shape `(rows, height, width)` or `(rows, height, width, 1)`.
        labels: Integer array of shape `(rows,)`.
        class_names: The name of each label.
        columns: Images a class, at most.
        scale: Pixels of the sheet a pixel of an image, at least 1.

    Returns:
        A grey picture.

    Raises:
        ArgumentError: As for `sheet`.

    Example:
        >>> (images, labels), _ = notmnist.load_data("open", verbose=0)
        >>> some = images[:500], labels[:500]
        >>> picture = notmnist.sheets.class_sheet(*some, "ABCDEFGHIJ", columns=5)
        >>> picture.mode, picture.height
        ('L', 616)
    """
    images, labels = _grey(images), np.asarray(labels)
    if labels.shape != (len(images),):
        raise invalid("labels", labels.shape, f"be of shape ({len(images)},)")
    if columns < 1 or scale < 1:
        raise invalid("columns, scale", (columns, scale), "be at least 1")
    font = ImageFont.load_default(size=18)
    margin = 20 + int(max(font.getlength(name) for name in class_names))
    height, width = images.shape[1] * scale + 4, images.shape[2] * scale + 4
    size = (margin + columns * width + _MARGIN, len(class_names) * height + 2 * _MARGIN)
    picture = Image.new("L", size, _PAPER)
    pen = ImageDraw.Draw(picture)
    for label, name in enumerate(class_names):
        top = _MARGIN + label * height
        pen.text((margin / 2, top + height / 2 - 1), name, _INK, font, anchor="mm")
        for place, row in enumerate(np.flatnonzero(labels == label)[:columns].tolist()):
            picture.paste(_enlarge(images[row], scale), (margin + place * width, top))
    return picture


def copies_sheet(
    curation: Curation,
    images: npt.NDArray[Any],
    class_names: Sequence[str],
    *,
    count: int = 20,
    scale: int = 2,
) -> Image.Image:
    """Draw examples of a report on copies: pairs one above the other, with both labels.

    Args:
        curation: The report.
        images: The images it is on, uint8 array of shape `(rows, height, width)`.
        class_names: The name of each label.
        count: Pairs of each kind, spread over all that were found, at least 1.
        scale: Pixels of the sheet a pixel of an image, at least 1.

    Returns:
        A grey picture: equal images, near copies, and copies under different labels, as far as
        there are any.

    Raises:
        ArgumentError: `count` is less than 1.

    Example:
        >>> from notmnist.datasets.curation.rule import curate
        >>> images = np.zeros((5, 28, 28), np.uint8)
        >>> report = curate(images, np.array([0, 0, 0, 1, 2]), np.array([2, 0, 0, 0, 0]))
        >>> notmnist.sheets.copies_sheet(report, images, "ABC").mode
        'L'
    """
    if count < 1:
        raise invalid("count", count, "be at least 1")
    font = ImageFont.load_default(size=14)
    parts = []
    for kind, title in _KINDS.items():
        found = curation.pairs(kind)
        spread = np.linspace(0, len(found) - 1, min(count, len(found))).astype(int)
        chosen = found[spread]
        text = f"{title}: {len(found):,} pairs" + (f", {len(chosen)} shown" if len(chosen) else "")
        head = Image.new("L", (int(font.getlength(text)) + 2 * _MARGIN, 24), _PAPER)
        ImageDraw.Draw(head).text((_MARGIN, 4), text, _INK, font)
        parts.append(head)
        if len(chosen):
            above, below = images[chosen[:, 0]], images[chosen[:, 1]]
            between = np.full_like(above[:, :1], _FRAME)
            pairs = np.concatenate([above, between, below], axis=1)
            names = [
                f"{class_names[curation.labels[a]]} {class_names[curation.labels[b]]}"
                for a, b in chosen
            ]
            parts.append(sheet(pairs, captions=names, columns=20, scale=scale))
    board = Image.new("L", (max(p.width for p in parts), sum(p.height for p in parts)), _PAPER)
    top = 0
    for part in parts:
        board.paste(part, (0, top))
        top += part.height
    return board


def _grey(images: npt.NDArray[Any]) -> Grey:
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.dtype != np.uint8 or images.ndim != 3 or not images.size:
        received = f"{images.dtype}, {images.shape}"
        raise invalid("images", received, "be a uint8 array of grey images, not empty")
    return images


def _enlarge(image: Grey, scale: int) -> Image.Image:
    large = np.pad(image.repeat(scale, 0).repeat(scale, 1), 1, constant_values=_FRAME)
    return Image.fromarray(large)
