"""Sheets of images as one picture, drawn with Pillow: samples, mistakes, copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from notmnist.datasets.letters import CLASS_NAMES
from notmnist.errors import ArgumentError, invalid
from notmnist.plots.grid import MARGIN, Grid, font

if TYPE_CHECKING:
    from notmnist.datasets.curation.rule import Curation
    from notmnist.evaluation import Evaluation, Mistake

__all__ = ["class_sheet", "copies_sheet", "mistake_captions", "mistakes", "pixels", "sample_sheet"]

Pixels = npt.NDArray[np.uint8]

_FRAME = 128  # the line between two images that belong together
_KINDS = {
    "exact": "equal images",
    "near": "near copies",
    "conflict": "copies with different labels",
}


def sample_sheet(
    images: npt.NDArray[Any],
    labels: npt.NDArray[Any] | Sequence[int] | None = None,
    class_names: Sequence[str] = CLASS_NAMES,
    *,
    captions: Sequence[str] | None = None,
    columns: int = 16,
    scale: int = 2,
) -> Image.Image:
    """Draw images in rows, each with the name of its class below.

    Args:
        images: Array of shape `(rows, height, width)`, `(rows, height, width, 1)` or, for colours,
            `(rows, height, width, 3)`: uint8, 0 to 255, or floats, which are stretched from their
            smallest to their largest value.
        labels: Integers of shape `(rows,)`, or None for images without captions.
        class_names: The name of each label.
        captions: A short text for each image, instead of the name of its class.
        columns: Images per row, at least 1.
        scale: Pixels of the sheet for one pixel of an image, at least 1.

    Returns:
        A picture with a white background. A notebook displays it, and `save` writes a file.

    Raises:
        ArgumentError: An argument is invalid, or its length differs from that of `images`.

    Example:
        >>> (x, y), _ = notmnist.load_data("open", verbose=0)
        >>> notmnist.plots.sample_sheet(x[:32], y[:32]).size
        (972, 166)
    """
    tiles = pixels(images)
    if captions is None and labels is not None:
        captions = [_name(class_names, label) for label in _labels(labels, len(tiles))]
    if captions is not None and len(captions) != len(tiles):
        raise invalid("captions", captions, f"have one text for each of the {len(tiles)} images")
    _check_at_least_one(columns=columns, scale=scale)
    return _sheet(tiles, captions, columns, scale)


def class_sheet(
    images: npt.NDArray[Any],
    labels: npt.NDArray[Any] | Sequence[int],
    class_names: Sequence[str] = CLASS_NAMES,
    *,
    columns: int = 20,
    scale: int = 2,
) -> Image.Image:
    """Draw the first images of each class, one row per class, with its name on the left.

    Args:
        images: As for `sample_sheet`.
        labels: Integers of shape `(rows,)`.
        class_names: The name of each label.
        columns: Largest number of images per class.
        scale: As for `sample_sheet`.

    Returns:
        A picture, as `sample_sheet` does.

    Raises:
        ArgumentError: As for `sample_sheet`.

    Example:
        >>> (x, y), _ = notmnist.load_data("open", verbose=0)
        >>> notmnist.plots.class_sheet(x[:500], y[:500], columns=5).size
        (345, 612)
    """
    tiles = pixels(images)
    known = np.asarray(_labels(labels, len(tiles)))
    _check_at_least_one(columns=columns, scale=scale)
    left = 20 + int(max(font(18, name).getlength(name) for name in class_names))
    height, width = tiles.shape[1:3]
    grid = Grid(len(class_names) * columns, height, width, columns, scale, left=left)
    rows: list[int] = []
    places: list[int] = []
    for label in range(len(class_names)):
        found = np.flatnonzero(known == label)[:columns].tolist()
        rows += found
        places += range(label * columns, label * columns + len(found))
    picture = grid.draw(tiles[rows], places=places)
    pen = ImageDraw.Draw(picture)
    for label, name in enumerate(class_names):
        middle = grid.corner(label * columns)[0] + height * scale / 2
        pen.text((MARGIN + left / 2 - 4, middle), name, 0, font(18, name), anchor="mm")
    return picture


def mistakes(
    evaluation: Evaluation, count: int = 30, *, columns: int = 10, scale: int = 2
) -> Image.Image:
    """Draw the most confident mistakes, each with its label, the prediction and the confidence.

    Args:
        evaluation: What `notmnist.evaluation.evaluate` returns.
        count: Largest number of images to draw.
        columns: Images per row, at least 1.
        scale: As for `sample_sheet`.

    Returns:
        A picture, as `sample_sheet` does; it says so if there is no mistake.

    Raises:
        ArgumentError: A number is less than 1.

    Example:
        >>> test = notmnist.load("open", split="test[:200]", format="numpy", verbose=0)
        >>> result = notmnist.evaluation.evaluate(notmnist.models.logistic(), test)
        >>> notmnist.plots.mistakes(result, 12).size
        (612, 166)
    """
    _check_at_least_one(count=count, columns=columns, scale=scale)
    worst = evaluation.mistakes(count)
    if not worst:
        return _sheet(np.empty((0, 1, 1), np.uint8), None, columns, scale, "no mistakes")
    images = evaluation.images[[one.row for one in worst]]
    return sample_sheet(images, captions=mistake_captions(worst), columns=columns, scale=scale)


def copies_sheet(
    curation: Curation,
    images: npt.NDArray[Any],
    class_names: Sequence[str] = CLASS_NAMES,
    *,
    count: int = 20,
    scale: int = 2,
) -> Image.Image:
    """Draw examples from a report on copies: pairs one above the other, with both labels.

    Args:
        curation: The report.
        images: The images that it is about, as for `sample_sheet`.
        class_names: The name of each label.
        count: Pairs of each kind, spread over all that were found, at least 1.
        scale: As for `sample_sheet`.

    Returns:
        A picture, as `sample_sheet` does: equal images, near copies, and copies with different
        labels, if there are any.

    Raises:
        ArgumentError: An argument is invalid.

    Example:
        >>> from notmnist.datasets.curation.rule import curate
        >>> images = np.zeros((5, 28, 28), np.uint8)
        >>> report = curate(images, np.array([0, 0, 0, 1, 2]), np.array([2, 0, 0, 0, 0]))
        >>> notmnist.plots.copies_sheet(report, images, "ABC").mode
        'L'
    """
    _check_at_least_one(count=count, scale=scale)
    tiles = pixels(images)
    parts = []
    for kind, title in _KINDS.items():
        found = curation.pairs(kind)
        chosen = found[np.linspace(0, len(found) - 1, min(count, len(found))).astype(int)]
        above, below = tiles[chosen[:, 0]], tiles[chosen[:, 1]]
        pairs = np.concatenate([above, np.full_like(above[:, :1], _FRAME), below], axis=1)
        names = [
            " ".join(_name(class_names, label) for label in curation.labels[pair].tolist())
            for pair in chosen
        ]
        shown = f", {len(chosen)} shown" if len(chosen) else ""
        parts.append(_sheet(pairs, names, 20, scale, f"{title}: {len(found):,} pairs{shown}"))
    size = max(part.width for part in parts), sum(part.height for part in parts)
    board = Image.new(parts[0].mode, size, "white")
    top = 0
    for part in parts:
        board.paste(part, (0, top))
        top += part.height
    return board


def mistake_captions(mistakes: Sequence[Mistake]) -> list[str]:
    """Return what to write below the images of mistakes."""
    return [f"{one.label} as {one.predicted} {one.confidence:.0%}" for one in mistakes]


def pixels(images: npt.NDArray[Any]) -> Pixels:
    """Return images as uint8, `(rows, height, width)`, or with a last axis of 3 for colours.

    Raises:
        ArgumentError: They are not images, there are none, or they are not finite.
    """
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    colour = images.ndim == 4 and images.shape[3] == 3
    floats = images.dtype.kind == "f"
    if not (floats or images.dtype == np.uint8) or not (images.ndim == 3 or colour):
        received = f"images of dtype {images.dtype} and shape {images.shape}"
        rule = "be uint8 or floats, of shape (rows, height, width) or with 1 or 3 channels"
        raise ArgumentError(f"`images` must {rule}. Received: {received}.")
    if not images.size:
        raise ArgumentError(
            f"`images` must not be empty. Received: images of shape {images.shape}."
        )
    if not floats:
        return images
    if not np.isfinite(images).all():
        raise ArgumentError("`images` must be finite. Received: images with NaN or infinity.")
    low, high = float(images.min()), float(images.max())
    stretched = (images - low) * (255 / max(high - low, 1e-12))
    return np.rint(stretched).astype(np.uint8)


def _sheet(
    tiles: Pixels, captions: Sequence[str] | None, columns: int, scale: int, heading: str = ""
) -> Image.Image:
    height, width = tiles.shape[1:3]
    columns = max(1, min(columns, len(tiles)))
    lines, captioned = 1 if heading else 0, captions is not None
    grid = Grid(len(tiles), height, width, columns, scale, lines, captioned)
    return grid.draw(tiles, captions or (), [heading])


def _labels(labels: npt.NDArray[Any] | Sequence[int], rows: int) -> list[int]:
    known = np.asarray(labels)
    if known.shape != (rows,) or known.dtype.kind not in "iu":
        received = f"labels of dtype {known.dtype} and shape {known.shape}"
        raise ArgumentError(f"`labels` must be integers of shape ({rows},). Received: {received}.")
    found: list[int] = known.tolist()
    return found


def _name(class_names: Sequence[str], label: int) -> str:
    return class_names[label] if 0 <= label < len(class_names) else str(label)


def _check_at_least_one(**numbers: int) -> None:
    for name, value in numbers.items():
        if not isinstance(value, int | np.integer) or value < 1:
            raise invalid(name, value, "be a positive integer")
