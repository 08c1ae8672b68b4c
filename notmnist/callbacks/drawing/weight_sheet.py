"""How a frame of weights is laid out and coloured."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from notmnist.callbacks.drawing.kernels import ImageKernel
from notmnist.errors import invalid, one_of
from notmnist.plots.grid import MARGIN, Grid, font
from notmnist.plots.palette import LEVELS, NAN, entries, grey_entries, palette

__all__ = ["SCALES", "WeightFrame", "WeightSheet", "check_scale", "lines"]

SCALES = ("fixed", "frame", "unit")
"""What the argument `scale` may be besides a number."""

_BAR = 77  # pixels of the colour bar: every third level
_NAN_COLOUR = palette()[NAN]


@dataclasses.dataclass(frozen=True)
class WeightFrame:
    """The weights at one moment of a fit.

    Attributes:
        step: Steps done.
        epoch: The epoch that was running or had just ended, 1 for the first; None without a fit.
        logs: The metrics that Keras had at that moment; none for the first frame.
        tiles: float32, shape (units, height, width, channels): the weights as they were.
    """

    step: int
    epoch: int | None
    logs: Mapping[str, float]
    tiles: NDArray[np.float32]

    @functools.cached_property
    def largest(self) -> float:
        """The largest magnitude among the finite weights; 0 where there is none."""
        magnitude = np.abs(self.tiles)
        return float(magnitude.max(initial=0, where=np.isfinite(magnitude)))


class WeightSheet:
    """Draws frames of weights on one grid.

    Args:
        kernel: What is drawn.
        units: Which of its units.
        columns: Tiles a row, or None.
        size: Pixels of a tile's longer side, or None.
        colours: From `palette`; not used for a kernel whose channels are colours.
        scale: One of `SCALES`, or the magnitude that gets the strongest colour.
        labels: Whether to write text above the tiles, or which items.
        names: A name for each unit of the kernel, True for their numbers, False for none.

    Raises:
        ArgumentError: There is not one name for each unit, or a size is not positive.
    """

    def __init__(
        self,
        kernel: ImageKernel,
        units: NDArray[np.intp],
        *,
        columns: int | None,
        size: int | None,
        colours: NDArray[np.uint8],
        scale: str | float,
        labels: bool | Sequence[str],
        names: bool | Sequence[str],
    ) -> None:
        self._colour = kernel.colour
        self._colours = colours
        self._scale = scale
        self._labels = labels
        height, width, channels = kernel.shape
        shape = (height, width, 1 if kernel.colour else channels)
        captions = _captions(names, kernel, units)
        self._grid = Grid.fit(
            len(units), shape, columns, size, lines=lines(labels), captioned=bool(captions)
        )
        blank = [""] * (shape[2] - 1)
        self._paper = self._grid.page(text for caption in captions for text in [caption, *blank])

    def draw(self, frame: WeightFrame, largest: float) -> Image.Image:
        """Return the picture of a frame.

        Args:
            frame: The frame.
            largest: The magnitude that gets the strongest colour where the scale is "fixed"; where
                it is 0, the frame's own.
        """
        scale = self._magnitude(frame, largest)
        paper = self._paper.copy()
        left = 0
        if self._grid.lines:
            shown = "" if self._scale == "unit" else f"{float(scale.max()):.2g}"
            left, reserved = self._write_ends(paper, shown)
            self._write(paper, frame, reserved)
        if self._colour:
            page = np.array(paper.convert("RGB"))
            self._grid.fill(page, _filters(frame.tiles / scale))
            return Image.fromarray(page)
        page = grey_entries(np.asarray(paper))
        tiles = entries(frame.tiles, scale).transpose(0, 3, 1, 2)
        self._grid.fill(page, tiles.reshape(-1, *tiles.shape[2:]))
        if left:
            page[MARGIN + 2 : MARGIN + 14, left : left + _BAR] = np.linspace(0, LEVELS - 1, _BAR)
        picture = Image.fromarray(page)
        picture.putpalette(self._colours.tobytes())
        return picture

    def _magnitude(self, frame: WeightFrame, largest: float) -> NDArray[np.float32]:
        """Return what gets the strongest colour, shape (units or 1, 1, 1, 1)."""
        if self._scale == "unit":
            finite = np.where(np.isfinite(frame.tiles), np.abs(frame.tiles), 0)
            scale = finite.max(axis=(1, 2, 3), keepdims=True)
        elif self._scale in SCALES:
            fixed = self._scale == "fixed" and largest
            scale = np.full((1, 1, 1, 1), largest if fixed else frame.largest, np.float32)
        else:
            scale = np.full((1, 1, 1, 1), self._scale, np.float32)
        return np.where(scale > 0, scale, 1).astype(np.float32)

    def _write(self, paper: Image.Image, frame: WeightFrame, reserved: int) -> None:
        moment = {"step": f"step {frame.step:,}"}
        if frame.epoch is not None:
            moment["epoch"] = f"epoch {frame.epoch}"
        logged = sorted(frame.logs, key=_reading_order)
        names = [*moment, *logged] if isinstance(self._labels, bool) else self._labels
        first = [moment[name] for name in names if name in moment]
        self._grid.write(paper, 0, first, reserved)
        if self._grid.lines > 1:
            metrics = [
                f"{name.replace('_', ' ')} {frame.logs[name]:.3g}"
                for name in names
                if name in frame.logs
            ]
            self._grid.write(paper, 1, metrics)

    def _write_ends(self, paper: Image.Image, shown: str) -> tuple[int, int]:
        """Write what the ends of the colour bar stand for.

        Returns:
            Where the bar begins, 0 for no bar; and how many pixels of the line are taken.
        """
        pen, right, base = ImageDraw.Draw(paper), paper.width - MARGIN, MARGIN + 12
        high, low = (f"±{shown}", "") if self._colour else (f"+{shown}", f"-{shown}")
        left = right - int(font(13).getlength(high)) - 4 - (0 if self._colour else _BAR)
        pen.text((right, base), high, 0, font(13), anchor="rs")
        pen.text((left - 4, base), low, 0, font(13), anchor="rs")
        reserved = right - left + int(font(13).getlength(low)) + 3 * MARGIN
        return 0 if self._colour else left, reserved


def check_scale(scale: Any) -> None:
    """Raise ArgumentError if the scale is neither in `SCALES` nor a positive number."""
    number = isinstance(scale, int | float | np.number) and not isinstance(scale, bool)
    if scale not in SCALES and not (number and 0 < float(scale) < np.inf):
        raise invalid("scale", scale, one_of(SCALES) + ", or a positive number")


def lines(labels: bool | Sequence[str]) -> int:
    """Return how many lines of text the labels need.

    Raises:
        ArgumentError: `labels` is neither a truth value nor a list of names.
    """
    if isinstance(labels, bool):
        return 2 if labels else 0
    listed = isinstance(labels, Sequence) and not isinstance(labels, str)
    if not listed or not all(isinstance(name, str) for name in labels):
        raise invalid("labels", labels, 'be True, False or a list such as ["step", "loss"]')
    return (1 if labels else 0) + (1 if set(labels) - {"step", "epoch"} else 0)


def _captions(
    names: bool | Sequence[str], kernel: ImageKernel, units: NDArray[np.intp]
) -> list[str]:
    if isinstance(names, bool):
        return [str(unit) for unit in units] if names else []
    if not isinstance(names, Sequence) or len(names) != kernel.units:
        rule = f"be True, False or a name for each of the {kernel.units} units of the layer"
        raise invalid("names", names, rule)
    return [str(names[unit]) for unit in units]


def _filters(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return weights in [-1, 1] as colours with grey for zero, NaN in yellow."""
    levels = np.rint(np.clip(np.nan_to_num(values), -1, 1) * 127.5 + 127.5)
    levels[np.isnan(values).any(axis=3)] = _NAN_COLOUR
    return np.asarray(levels, np.uint8)


def _reading_order(name: str) -> tuple[bool, bool, str]:
    """Loss before metrics, training before validation, the same in every frame."""
    return name.startswith("val_"), not name.endswith("loss"), name
