"""Pictures of a layer's weights while a model learns."""

from __future__ import annotations

import base64
import dataclasses
import html
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from notmnist.callbacks import colormap as colours
from notmnist.callbacks import kernels
from notmnist.callbacks.album import Album
from notmnist.callbacks.apng import png
from notmnist.callbacks.progress import Progress
from notmnist.callbacks.schedule import Every, Schedule
from notmnist.callbacks.sinks import open_sinks
from notmnist.callbacks.tiles import Grid
from notmnist.errors import invalid, one_of

__all__ = ["WeightFrame", "WeightImages"]

_SCALES = ("fixed", "frame", "unit")


@dataclasses.dataclass(frozen=True)
class WeightFrame:
    """The weights at one moment of a fit.

    Attributes:
        step: Optimizer steps done.
        epoch: The epoch that was running or had just ended, 1 for the first; 0 before it.
        logs: What Keras had logged at that moment.
        tiles: float32, shape (units, height, width, channels): the weights as they were.
    """

    step: int
    epoch: int
    logs: Mapping[str, float]
    tiles: NDArray[np.float32]


class WeightImages(keras.callbacks.Callback):
    """Draws the weights of a layer, unit by unit, as the images that the units look for."""

    def __init__(
        self,
        path: Any,
        *,
        layer: str | None = None,
        every: Every = None,
        units: int | Sequence[int] | None = None,
        seed: int = 0,
        scale: Literal["fixed", "frame", "unit"] | float = "fixed",
        colormap: str | Sequence[Sequence[float]] = "blue-red",
        columns: int | None = None,
        size: int | None = None,
        labels: bool | Sequence[str] = True,
        on: Literal["step", "epoch"] = "step",
        image_shape: Sequence[int] | None = None,
        duration: int = 200,
        hold: int = 2000,
        max_frames: int | None = 100,
    ) -> None:
        super().__init__()
        self.path = path
        self.layer = layer
        self.every = every
        self.units = units
        self.seed = seed
        self.scale = scale
        self.colormap = colormap
        self.columns = columns
        self.size = size
        self.labels = labels
        self.on = on
        self.image_shape = image_shape
        self.duration = duration
        self.hold = hold
        self.max_frames = max_frames
        self._album: Album[WeightFrame] | None = None

    @property
    def frames(self) -> list[WeightFrame]:
        """The frames of the last fit, in the order of their steps."""
        return [] if self._album is None else self._album.frames

    def on_train_begin(self, logs: Any = None) -> None:
        """Check the arguments, find the layer, try the places."""
        if self.on not in ("step", "epoch"):
            raise invalid("on", self.on, one_of(("step", "epoch")))
        every = (1 if self.on == "epoch" else 100) if self.every is None else self.every
        self._schedule = Schedule(every)
        self._palette = colours.palette(self.colormap)
        self._largest = 0.0
        model = self.model
        self._progress = Progress(model, self.params)
        self._find(model)
        sinks = open_sinks(self.path, self.duration, self.hold)
        self._album = Album(sinks, self._draw, self._look, self.max_frames)
        self._next: int | None = None
        self._begun = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Take the first frame before the first epoch."""
        self._progress.begin_epoch(epoch)
        if not self._begun:
            self._begun = True
            self._album.begin(self._progress.step)
            self._album.wants_next()
            self._take({})
            self._next = self._schedule.after(self._progress.step)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Take a frame if one is wanted before this batch."""
        self._progress.begin_batch(batch)
        if self.on == "step" and self._next is not None and self._progress.step >= self._next:
            self._wanted(None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Take a frame if one is wanted after this epoch."""
        self._progress.end_epoch()
        self._logs = dict(logs or {})
        if self.on == "epoch":
            if self._schedule.wants(epoch + 1) and self._album.wants_next():
                self._take(self._logs)
        elif self._next is not None and self._progress.step >= self._next:
            self._wanted(self._logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Take the last frame and bring all frames to one scale."""
        if not self.frames or self.frames[-1].step != self._progress.step:
            self._take(dict(logs or {}), last=True)
        self._album.finish()

    def _wanted(self, logs: Mapping[str, float] | None) -> None:
        self._next = self._schedule.after(self._progress.step)
        if self._album.wants_next():
            self._take(self._metrics() if logs is None else logs)

    def _metrics(self) -> dict[str, float]:
        results = self.model.get_metrics_result()
        return {
            name: float(keras.ops.convert_to_numpy(value))
            for name, value in results.items()
            if not isinstance(value, dict)
        }

    def _find(self, model: Any) -> None:
        self._kernel = kernels.find(model, self.layer, self.image_shape)
        self._units = self._kernel.choose(self.units, self.seed)
        lines = 2 if self.labels is True or len(self.labels or ()) > 2 else int(bool(self.labels))
        self._grid = Grid.fit(
            len(self._units), self._kernel.shape, self.columns, self.size, lines
        )

    def _take(self, logs: Mapping[str, float], last: bool = False) -> None:
        model = self.model  # on JAX this brings the weights up to date
        tiles = self._kernel.tiles(self._kernel.layer.kernel, self._units)
        finite = np.abs(tiles[np.isfinite(tiles)])
        self._largest = max(self._largest, float(finite.max(initial=0)))
        frame = WeightFrame(self._progress.step, self._progress.epoch, dict(logs), tiles)
        self._album.add(frame, last=last)

    def _look(self) -> float:
        return self._largest if self.scale == "fixed" else 0.0

    def _draw(self, frame: WeightFrame) -> Image.Image:
        tiles = frame.tiles
        magnitude = np.where(np.isfinite(tiles), np.abs(tiles), 0)
        if self.scale == "unit":
            scale = magnitude.max(axis=(1, 2, 3), keepdims=True)
            shown = ""
        else:
            scale = np.float32(self._largest if self.scale == "fixed" else magnitude.max())
            shown = f"±{float(scale):.2g}"
        entries = colours.indices(tiles, np.where(scale > 0, scale, 1))
        count, height, width, channels = entries.shape
        entries = entries.transpose(0, 3, 1, 2).reshape(count * channels, height, width)
        page = self._grid.draw(entries)
        if self._grid.lines:
            self._grid.write(page, 0, [f"step {frame.step:,}", f"epoch {frame.epoch}"], shown)
        if self._grid.lines > 1:
            self._grid.write(page, 1, [f"{k} {v:.3g}" for k, v in frame.logs.items()])
        image = Image.fromarray(page)
        image.putpalette(self._palette.tobytes())
        return image

    def _repr_png_(self) -> bytes | None:
        return png(self._draw(self.frames[-1])) if self.frames else None
