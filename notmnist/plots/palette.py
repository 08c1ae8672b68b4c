"""The diverging colours of signed weights, as one palette of 256 entries for every picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from notmnist.errors import invalid, one_of

__all__ = ["COLORMAPS", "LEVELS", "NAN", "SAME", "entries", "grey_entries", "palette"]

# Light on both sides of zero, dark at both ends, and never red against green: the lightness shows
# the size and the hue the sign, so the picture is readable with every kind of colour vision.
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
"""The entry for "not a number"; its yellow is in none of the maps."""

SAME = 255
"""No picture uses this entry: an animation may use it for pixels that have not changed."""

_PAPER = 232  # entries 232–254 run from white paper to dark ink, for the text and the paper
_GREYS = SAME - _PAPER
_NAN_COLOUR = (255, 208, 0)
_INK = 25  # grey level of the text: softer than black on white, contrast still 17:1


def palette(colormap: str = "blue-red") -> NDArray[np.uint8]:
    """Return the 256 colours of a picture's palette entries, uint8, shape (256, 3).

    Raises:
        ArgumentError: `colormap` is not a name in `COLORMAPS`.
    """
    if not isinstance(colormap, str) or colormap not in COLORMAPS:
        raise invalid("colormap", colormap, one_of(COLORMAPS))
    anchors = np.array([list(bytes.fromhex(colour[1:])) for colour in COLORMAPS[colormap]])
    position = np.linspace(0, len(anchors) - 1, LEVELS)
    values = [np.interp(position, np.arange(len(anchors)), channel) for channel in anchors.T]
    greys = np.linspace(255, _INK, _GREYS)[:, None].repeat(3, axis=1)
    colours = np.concatenate([np.stack(values, axis=1), [_NAN_COLOUR], greys, [(0, 0, 0)]])
    return np.asarray(np.rint(colours), np.uint8)


def entries(values: NDArray[np.floating], scale: float | NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return the palette entries of signed values, uint8, in [0, 231]; NaN has its own entry.

    The positive magnitude `scale`, broadcast against `values`, gets the strongest colour, and so
    do larger values.
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
    return np.asarray(_PAPER + ink, np.uint8)[page]
