"""The layout and the colours of a frame of weights."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from notmnist.errors import invalid
from notmnist.plots.grid import MARGIN, Grid, font
from notmnist.plots.palette import LEVELS, NAN, entries, grey_entries, palette

if TYPE_CHECKING:
    from notmnist.plots.kernels import ImageKernel

__all__ = ["Frame", "WeightFrame", "WeightSheet", "weights"]

_BAR = 77  # pixels of the colour bar: every third level


@dataclasses.dataclass(frozen=True)
class Frame:
    """One moment of a fit.

    Attributes:
        step: Number of steps done.
        epoch: The epoch that was running or had just ended, 1 for the first; None without a fit.
        logs: The metrics that Keras had at that moment; none for the first frame.
    """

    step: int
    epoch: int | None
    logs: Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class WeightFrame(Frame):
    """The weights at one moment of a fit.

    Attributes:
        tiles: The weights at that moment, float32, shape (units, height, width, channels).
    """

    tiles: NDArray[np.float32]

    @functools.cached_property
    def largest(self) -> float:
        """The largest magnitude among the finite weights; 0 if there is none."""
        magnitude = np.abs(self.tiles)
        return float(magnitude.max(initial=0, where=np.isfinite(magnitude)))


class WeightSheet:
    """Draws frames of some units of a kernel on one grid; the options are those of `WeightImages`.

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
        colormap: str,
        scale: str | float,
        labels: bool,
        names: bool | Sequence[str],
    ) -> None:
        self._colour = kernel.colour
        self._colours = palette(colormap)
        self._scale = scale
        height, width, channels = kernel.shape
        shape = (height, width, 1 if kernel.colour else channels)
        captions = _captions(names, kernel, units)
        options = {"lines": 2 * labels, "captioned": bool(captions)}
        self._grid = Grid.fit(len(units), shape, columns, size, **options)
        blank = [""] * (shape[2] - 1)
        self._paper = self._grid.page(text for caption in captions for text in [caption, *blank])

    def draw(self, frame: WeightFrame, largest: float) -> Image.Image:
        """Return the picture of a frame.

        If the scale is "fixed", the strongest colour is for `largest`, or if that is 0, for the
        largest weight of the frame.
        """
        scale = self._magnitude(frame, largest)
        paper = self._paper.copy()
        bar = 0
        if self._grid.lines:
            bar, reserved = self._write_ends(paper, float(scale.max()))
            epoch = [] if frame.epoch is None else [f"epoch {frame.epoch}"]
            self._grid.write(paper, 0, [f"step {frame.step:,}", *epoch], reserved)
            names = sorted(frame.logs, key=_reading_order)
            metrics = [f"{name.replace('_', ' ')} {frame.logs[name]:.3g}" for name in names]
            self._grid.write(paper, 1, metrics)
        bar_at = slice(MARGIN + 2, MARGIN + 14), slice(bar, bar + _BAR)
        if self._colour:
            page = np.array(paper.convert("RGB"))
            self._grid.fill(page, _filters(frame.tiles / scale))
            if bar:
                page[bar_at] = np.linspace(0, 255, _BAR)[:, np.newaxis]
            return Image.fromarray(page)
        page = grey_entries(np.asarray(paper))
        tiles = entries(frame.tiles, scale).transpose(0, 3, 1, 2)
        self._grid.fill(page, tiles.reshape(-1, *tiles.shape[2:]))
        if bar:
            page[bar_at] = np.linspace(0, LEVELS - 1, _BAR)
        picture = Image.fromarray(page)
        picture.putpalette(self._colours.tobytes())
        return picture

    def _magnitude(self, frame: WeightFrame, largest: float) -> NDArray[np.float32]:
        """Return the magnitude with the strongest colour, shape (units or 1, 1, 1, 1)."""
        if self._scale == "unit":
            finite = np.where(np.isfinite(frame.tiles), np.abs(frame.tiles), 0)
            scale = finite.max(axis=(1, 2, 3), keepdims=True)
        elif isinstance(self._scale, str):
            fixed = self._scale == "fixed" and largest
            scale = np.full((1, 1, 1, 1), largest if fixed else frame.largest)
        else:
            scale = np.full((1, 1, 1, 1), self._scale)
        return np.where(scale > 0, scale, 1).astype(np.float32)

    def _write_ends(self, paper: Image.Image, largest: float) -> tuple[int, int]:
        """Write the values at the ends of the colour bar.

        Returns:
            The left end of the bar, and how many pixels of the line are used.
        """
        shown = "" if self._scale == "unit" else f"{largest:.2g}"
        pen, right, base = ImageDraw.Draw(paper), paper.width - MARGIN, MARGIN + 12
        left = right - int(font(13).getlength(f"+{shown}")) - 4 - _BAR
        pen.text((right, base), f"+{shown}", 0, font(13), anchor="rs")
        pen.text((left - 4, base), f"-{shown}", 0, font(13), anchor="rs")
        return left, right - left + int(font(13).getlength(f"-{shown}")) + 3 * MARGIN


def weights(
    model: Any,
    layer: str | None = None,
    *,
    units: int | Sequence[int] | None = None,
    names: bool | Sequence[str] = False,
    seed: int = 0,
    scale: str | float = "frame",
    colormap: str = "blue-red",
    columns: int | None = None,
    size: int | None = None,
    image_shape: Sequence[int] | None = None,
) -> Image.Image:
    """Draw the current weights of a model.

    Args:
        model: A built `keras.Model`.
        layer: As for `notmnist.callbacks.WeightImages`.
        units: As for `WeightImages`.
        names: As for `WeightImages`.
        seed: As for `WeightImages`.
        scale: As for `WeightImages`: "frame", "unit" or a magnitude.
        colormap: As for `WeightImages`.
        columns: As for `WeightImages`.
        size: As for `WeightImages`.
        image_shape: As for `WeightImages`.

    Returns:
        A picture. A notebook displays it, and `save` writes a file.

    Raises:
        ArgumentError: There is no such layer, its kernel is not an image, or an argument is
            invalid.

    Example:
        >>> model = notmnist.models.logistic(weights="open")
        >>> notmnist.plots.weights(model, names="ABCDEFGHIJ").size
        (452, 222)
    """
    from notmnist.plots.kernels import find  # late: it imports Keras

    kernel = find(model, layer, image_shape)
    chosen = kernel.choose(units, seed)
    sheet = WeightSheet(
        kernel,
        chosen,
        columns=columns,
        size=size,
        colormap=colormap,
        scale=scale,
        labels=False,
        names=names,
    )
    return sheet.draw(WeightFrame(0, None, {}, kernel.tiles(chosen)), 0.0)


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
    """Return weights in [-1, 1] as red, green and blue: grey for zero, NaN in yellow."""
    levels = np.rint(np.clip(np.nan_to_num(values), -1, 1) * 127.5 + 127.5)
    levels[np.isnan(values).any(axis=3)] = palette()[NAN]
    return np.asarray(levels, np.uint8)


def _reading_order(name: str) -> tuple[bool, bool, str]:
    """Sort loss before metrics and training before validation, the same in every frame."""
    return name.startswith("val_"), not name.endswith("loss"), name
