"""A finished picture whose colours can still be stretched without touching its pixels."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from notmnist.plots.palette import LEVELS

__all__ = ["Picture", "stretch"]


@dataclasses.dataclass(frozen=True)
class Picture:
    """Pixels, the palette they point into, and a re-pointing of its entries.

    All frames of a fit are to share one colour scale that is known only when the fit has ended. So
    a frame's pixels are drawn once, relative to its own largest value, and `tint` says which entry
    of the common palette each of them stands for. Bringing a written file to another scale is then
    a matter of its colour table: a GIF or PNG is patched in place, never compressed again.

    Attributes:
        page: Palette entries, uint8, shape (height, width).
        palette: Colours, uint8, shape (256, 3); the same for all frames.
        tint: uint8, shape (256,): the palette entry that an entry of `page` stands for.
    """

    page: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    tint: NDArray[np.uint8]

    @property
    def table(self) -> bytes:
        """The 256 colours that the page's own entries have under the tint."""
        return self.palette[self.tint].tobytes()

    def image(self) -> Image.Image:
        """Return a palette image that keeps the page's entries."""
        image = Image.fromarray(self.page)
        image.putpalette(self.table)
        return image

    def common(self) -> Image.Image:
        """Return the same image with the palette that all frames share."""
        image = Image.fromarray(self.tint[self.page])
        image.putpalette(self.palette.tobytes())
        return image


def stretch(factor: float = 1.0) -> NDArray[np.uint8]:
    """Return the tint that multiplies values by `factor` and clips them to the strongest colours.

    Args:
        factor: Positive; the frame's own largest magnitude over the common one.

    Returns:
        Array of uint8, shape (256,); NaN's entry and the greys point to themselves.

    Example:
        >>> stretch(2.0)[[0, 58, 115, 116, 230, 231]].tolist()
        [0, 1, 115, 117, 230, 231]
    """
    half = LEVELS // 2
    tint = np.arange(256)
    tint[:LEVELS] = np.rint(np.clip((tint[:LEVELS] - half) * factor, -half, half)) + half
    return tint.astype(np.uint8)
