"""How a frame of weights is laid out and coloured."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from notmnist.callbacks.picture import Picture, stretch
from notmnist.callbacks.tiles import Grid
from notmnist.errors import invalid, one_of
from notmnist.plots import palette as colours

__all__ = ["SCALES", "WeightFrame", "WeightSheet", "check_scale", "lines"]

SCALES = ("fixed", "frame", "unit")
"""What the argument `scale` may be besides a number."""


@dataclasses.dataclass(frozen=True)
class WeightFrame:
    """The weights at one moment of a fit.

    Attributes:
        step: Optimizer steps done.
        epoch: The epoch that was running or had just ended, 1 for the first.
        logs: The metrics that Keras had at that moment; none for the first frame.
        tiles: float32, shape (units, height, width, channels): the weights as they were.
    """

    step: int
    epoch: int
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
        grid: Where the tiles go.
        palette: From `palette.palette`.
        scale: One of `SCALES`, or the magnitude that gets the strongest colour.
        labels: Whether to write text, or which items.
    """

    def __init__(
        self,
        grid: Grid,
        palette: NDArray[np.uint8],
        scale: str | float,
        labels: bool | Sequence[str],
    ) -> None:
        self._grid = grid
        self._palette = palette
        self._scale = scale
        self._labels = labels
        self._common = 0.0 if isinstance(scale, str) else float(scale)

    def expect(self, frame: WeightFrame) -> None:
        """Let the last frame with any weight set the scale of all frames."""
        if self._scale == "fixed":
            self._common = frame.largest or self._common

    def tint(self, frame: WeightFrame) -> NDArray[np.uint8]:
        """Return which colours the entries of the frame's page have now."""
        largest = frame.largest
        return stretch(largest / self._common if self._common and largest else 1.0)

    def table(self, frame: WeightFrame) -> bytes:
        """Return the colour table of the frame's picture now."""
        return self._palette[self.tint(frame)].tobytes()

    def draw(self, frame: WeightFrame) -> Picture:
        """Return the picture of a frame."""
        largest = frame.largest
        scale: NDArray[np.float32] = np.full((1, 1, 1, 1), largest, np.float32)
        if self._scale == "unit":
            magnitude = np.where(np.isfinite(frame.tiles), np.abs(frame.tiles), 0)
            scale = magnitude.max(axis=(1, 2, 3), keepdims=True)
        entries = colours.entries(frame.tiles, np.where(scale > 0, scale, 1))
        page = self._grid.draw(entries.transpose(0, 3, 1, 2).reshape(-1, *entries.shape[1:3]))
        self._write(page, frame, "" if self._scale == "unit" else f"{largest:.2g}")
        return Picture(page, self._palette, self.tint(frame))

    def _write(self, page: NDArray[np.uint8], frame: WeightFrame, largest: str) -> None:
        if not self._grid.lines:
            return
        moment = {"step": f"step {frame.step:,}", "epoch": f"epoch {frame.epoch}"}
        wanted = self._labels
        logged = sorted(frame.logs, key=_reading_order)
        names = [*moment, *logged] if isinstance(wanted, bool) else wanted
        first = [moment[name] for name in names if name in moment]
        self._grid.write(page, 0, first, bar=largest)
        if self._grid.lines > 1:
            metrics = [
                f"{name.replace('_', ' ')} {frame.logs[name]:.3g}"
                for name in names
                if name in frame.logs
            ]
            self._grid.write(page, 1, metrics)


def check_scale(scale: Any) -> None:
    """Raise ArgumentError if the scale is neither in `SCALES` nor a positive number."""
    number = isinstance(scale, int | float | np.number) and not isinstance(scale, bool)
    if scale not in SCALES and not (number and 0 < float(scale) < np.inf):
        raise invalid("scale", scale, one_of(SCALES) + ", or a positive number")


def lines(labels: bool | Sequence[str]) -> int:
    """Return how many lines of text the labels need.

    Raises:
        ArgumentError: If `labels` is neither a truth value nor a list of names.
    """
    if isinstance(labels, bool):
        return 2 if labels else 0
    listed = isinstance(labels, Sequence) and not isinstance(labels, str)
    if not listed or not all(isinstance(name, str) for name in labels):
        raise invalid("labels", labels, 'be True, False or a list such as ["step", "loss"]')
    return (1 if labels else 0) + (1 if set(labels) - {"step", "epoch"} else 0)


def _reading_order(name: str) -> tuple[bool, bool, str]:
    """Loss before metrics, training before validation, the same in every frame."""
    return name.startswith("val_"), not name.endswith("loss"), name
