"""The diverging colours of signed weights, as one palette of 256 entries for every picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from notmnist.errors import invalid, one_of

__all__ = ["COLORMAPS", "LEVELS", "NAN", "PAPER", "SAME", "entries", "grey_entries", "palette"]

# Light to both sides of zero, dark at both ends, and never red against green: the lightness tells
# the size and the hue the sign, so the picture is read alike with every kind of colour vision.
COLORMAPS: dict[str, tuple[str, ...]] = {
    "blue-red": ("#08305f", "#2a6fb0", "#86b8dc", "#f7f7f7", "#f2a27f", "#c63a3e", "#67001f"),
    "blue-orange": ("#0a2f6b", "#2f74b8", "#8fbfe0", "#f7f7f7", "#f7b267", "#cf6a10", "#6b2f04"),
    "purple-green": ("#3b0b52", "#7b4a9c", "#bda2d0", "#f7f7f7", "#a3d5a0", "#3d9250", "#00421b"),
    "grey": ("#000000", "#808080", "#ffffff"),
}
"""The named maps: colours at evenly spaced values from the most negative to the most positive."""

LEVELS = 231
"""Entries 0–230 are values: 0 the most negative, 115 zero, 230 the most positive."""

NAN = 231
"""This entry is "not a number"; its yellow is on none of the maps."""

PAPER = 232
"""Entries 232–254 run from white paper to dark ink, for the text and the paper around tiles."""

SAME = 255
"""No picture has this entry: an animation may use it for what has not changed."""

_GREYS = SAME - PAPER
_NAN_COLOUR = (255, 208, 0)
_INK = 25  # grey level of the text: softer than black on white, contrast still 17:1


def palette(colormap: str | Sequence[Sequence[float]] = "blue-red") -> NDArray[np.uint8]:
    """Return the 256 colours that the entries of a picture stand for.

    Args:
        colormap: A name in `COLORMAPS`, or at least two RGB colours (numbers in [0, 255]) from the
            most negative to the most positive value; with an odd number, zero is the middle one.

    Returns:
        Array of uint8, shape (256, 3): the colours of values, the colour of NaN, the greys.

    Raises:
        ArgumentError: The name is unknown or the colours are not an (n, 3) array in [0, 255].
    """
    anchors = _anchors(colormap)
    position = np.linspace(0, len(anchors) - 1, LEVELS)
    values = [np.interp(position, np.arange(len(anchors)), channel) for channel in anchors.T]
    greys = np.linspace(255, _INK, _GREYS)[:, None].repeat(3, axis=1)
    colours = np.concatenate([np.stack(values, axis=1), [_NAN_COLOUR], greys, [(0, 0, 0)]])
    return np.asarray(np.rint(colours), np.uint8)


def entries(values: NDArray[np.floating], scale: float | NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return the palette entries of signed values.

    Args:
        values: Any float array; NaN and infinities are allowed.
        scale: The positive magnitude that gets the strongest colour, broadcast against `values`;
            larger values are clipped to it.

    Returns:
        Array of uint8, shape of `values`, in [0, 231].
    """
    half = LEVELS // 2
    level = np.clip(values / scale, -1, 1) * half
    lost = np.isnan(level)
    entry = np.rint(np.where(lost, 0, level)) + half
    entry[lost] = NAN
    return entry.astype(np.uint8)


def grey_entries(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the palette entries of dark text on white paper, from greys 0 to 255."""
    ink = np.rint((255 - np.arange(256)) * ((_GREYS - 1) / 255))
    return np.asarray(PAPER + ink, np.uint8)[page]


def _anchors(colormap: str | Sequence[Sequence[float]]) -> NDArray[np.float64]:
    if isinstance(colormap, str):
        if colormap not in COLORMAPS:
            raise invalid("colormap", colormap, one_of(COLORMAPS) + " or an array of RGB colours")
        return np.array(
            [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLORMAPS[colormap]], float
        )
    rule = "be a name or an array of shape (n, 3), n ≥ 2, of RGB colours in [0, 255]"
    try:
        colours = np.asarray(colormap, float)
    except (TypeError, ValueError):
        raise invalid("colormap", colormap, rule) from None
    if colours.ndim != 2 or colours.shape[1] != 3 or len(colours) < 2:
        raise invalid("colormap", colormap, rule)
    if not (np.isfinite(colours).all() and colours.min() >= 0 and colours.max() <= 255):
        raise invalid("colormap", colormap, rule)
    return colours
