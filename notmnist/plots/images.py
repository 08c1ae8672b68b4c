"""Sheets of images in matplotlib's axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.errors import invalid
from notmnist.evaluation.report import Evaluation
from notmnist.plots.canvas import new_axes

__all__ = ["mistakes", "sample_sheet"]

_FRAME = 128.0  # tells a glyph that fills its box from paper
_CAPTION = 0.42  # height of a caption as a share of an image's


def sample_sheet(
    images: npt.NDArray[Any],
    captions: Sequence[str] | None = None,
    *,
    columns: int = 10,
    ax: Any = None,
) -> Any:
    """Draw images in rows, each with a caption below where there are captions.

    Args:
        images: Array of shape `(rows, height, width)` or `(rows, height, width, 1)`: uint8, 0 to
            255, or floats, which are stretched from their least to their largest value, as those
            of a preprocessed batch.
        captions: A short text for each image, or None.
        columns: Images a row.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`.

    Raises:
        ArgumentError: `images` are no grey images, none or not finite, `columns` is less than 1, or
            there are not as many captions as images.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> (images, labels), _ = notmnist.load_data("open", verbose=0)
        >>> captions = ["ABCDEFGHIJ"[label] for label in labels[:20]]
        >>> len(notmnist.plots.sample_sheet(images[:20], captions).texts)
        20
    """
    images = _stretched(np.asarray(images))
    if captions is not None and len(captions) != len(images):
        raise invalid("captions", len(captions), f"be as many as the {len(images)} images")
    if columns < 1:
        raise invalid("columns", columns, "be at least 1")
    count, height, width = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    below = 0 if captions is None else round(_CAPTION * height)
    ax = new_axes(ax, 0.6 * columns + 0.2, 0.6 * rows * (height + below) / height + 0.2)
    step_y, step_x = height + below + 3, width + 3
    board = np.full((rows * step_y, columns * step_x), np.nan, np.float32)  # NaN is paper
    for place, image in enumerate(images):
        top, left = place // columns * step_y + 1, place % columns * step_x + 1
        board[top - 1 : top + height + 1, left - 1 : left + width + 1] = _FRAME
        board[top : top + height, left : left + width] = image
    ax.imshow(board, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    ax.set_axis_off()
    for place, caption in enumerate(captions or ()):
        middle = place % columns * step_x + (width + 1) / 2
        top = place // columns * step_y + height + 2
        ax.text(middle, top, caption, ha="center", va="top", fontsize=7)
    return ax


def mistakes(evaluation: Evaluation, count: int = 30, *, columns: int = 10, ax: Any = None) -> Any:
    """Draw the most confident mistakes, each with its label and what it was taken for.

    Args:
        evaluation: What `notmnist.evaluation.evaluate` gives.
        count: At most so many.
        columns: Images a row.
        ax: The `Axes` to draw in; None for a new figure.

    Returns:
        The `Axes`; it says so where there is no mistake.

    Raises:
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> test = notmnist.load("open", split="test[:200]", format="numpy", verbose=0)
        >>> result = notmnist.evaluation.evaluate(notmnist.models.logistic(), test)
        >>> len(notmnist.plots.mistakes(result, 12).texts)
        12
    """
    worst = evaluation.mistakes(count)
    if not worst:
        ax = new_axes(ax)
        ax.text(0.5, 0.5, "no mistakes", ha="center", va="center", transform=ax.transAxes)
        ax.set_axis_off()
        return ax
    captions = [f"{one.label}→{one.predicted} {one.confidence:.0%}" for one in worst]
    images = evaluation.images[[one.row for one in worst]]
    return sample_sheet(images, captions, columns=columns, ax=ax)


def _stretched(images: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return grey images of shape `(rows, height, width)`, 0 to 255."""
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 or not images.size or images.dtype.kind not in "uf":
        received = f"{images.dtype}, {images.shape}"
        raise invalid("images", received, "be an array of grey images, not empty")
    if images.dtype.kind == "u":
        return images
    if not np.isfinite(images).all():
        raise invalid("images", "NaN or infinity", "be finite")
    images = images - images.min()
    return np.asarray(images * (255 / max(images.max(), 1e-12)))
