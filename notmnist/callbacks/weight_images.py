"""Pictures of a layer's weights while a model learns."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from notmnist.callbacks import kernels
from notmnist.callbacks.executions import StepByStep
from notmnist.callbacks.progress import Progress
from notmnist.callbacks.recorder import Recorder, as_numbers
from notmnist.callbacks.schedule import Every, Schedule
from notmnist.callbacks.sinks import Sink
from notmnist.callbacks.tiles import Grid
from notmnist.callbacks.weight_sheet import WeightFrame, WeightSheet, check_scale, lines
from notmnist.errors import invalid, one_of
from notmnist.plots.palette import palette

__all__ = ["WeightImages"]

Place = str | os.PathLike[str] | Sink


class WeightImages(Recorder[WeightFrame]):
    """Draws the weights of a layer, unit by unit, as images in the shape of the model's input.

    Args:
        path: Where the pictures go: a path that ends in .gif, .webp, .png or .apng is an
            animation, one without a suffix is a folder of PNGs, a `TensorBoardLog` is a log that
            TensorBoard shows; or a list of these.
        layer: Name of the layer; None for the first whose kernel is an image.
        every: N for a picture every N steps (or epochs, see `on`), a list of steps, or "log" for
            1, 2, 5, 10, 20, 50, 100, ...; None for every 100 steps or every epoch. The first and
            the last moment of a fit are always among the pictures.
        units: How many units or filters, drawn at random but the same in all frames; a list of
            their indices; or None for all of them up to 225 tiles, then as many at random.
        seed: Of the random choice of units.
        scale: "fixed" for one scale in all frames: the largest weight of the last one, beyond
            which earlier weights get the end colours; "frame" for each frame by its own largest
            weight; "unit" for each unit in each frame by its own; or the magnitude that is to get
            the strongest colour.
        colormap: "blue-red", "blue-orange", "purple-green" or "grey"; or at least two RGB colours
            in [0, 255] from negative to positive. Zero is in the middle, NaN is yellow.
        columns: Tiles a row; None for a layout that suits a page.
        size: Pixels of a tile's longer side on the picture, rounded down to whole pixels of the
            weights; None for a size that suits a page.
        labels: True for the step, the epoch and all metrics logged at that moment on the picture,
            False for bare tiles, or which of them, such as ["step", "loss"].
        on: What `every` counts, "step" or "epoch".
        image_shape: (height, width) or (height, width, channels) of a Dense layer's input, where
            the model's graph does not tell.
        duration: Milliseconds a frame of an animation is shown, from 20 to 65,535.
        hold: Milliseconds its last frame is shown.
        max_frames: Above this many frames every second one is dropped, and every second wanted
            step is passed over from then on, so that memory and files stay bounded; a list of
            steps is kept in full. None for no bound.

    Attributes:
        frames: The frames of the last fit, each with `step`, `epoch`, `logs` and `tiles`, float32
            of shape (units, height, width, channels).

    Raises:
        ArgumentError: At the start of `fit`, if an argument is not as above, there is no such
            layer, its kernel is not an image, or a place cannot be written.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> from notmnist.callbacks import WeightImages
        >>> model = keras.Sequential(
        ...     [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
        ... )
        >>> model.compile("sgd", "mse")
        >>> pictures = WeightImages(getfixture("tmp_path") / "weights.gif", every=2)
        >>> x, y = np.zeros((50, 28, 28, 1), "float32"), np.zeros((50, 10), "float32")
        >>> history = model.fit(x, y, batch_size=10, verbose=0, callbacks=[pictures])
        >>> [frame.step for frame in pictures.frames], pictures.frames[0].tiles.shape
        ([0, 2, 4, 5], (10, 28, 28, 1))

    Note:
        Steps are counted over all epochs; a fit with `initial_epoch` counts those before it. With
        `steps_per_execution` > 1, an execution that has a wanted step inside is run step by step,
        with the same result; all others run whole. So where `every` is a multiple of
        `steps_per_execution` nothing is lost.
    """

    def __init__(
        self,
        path: Place | Sequence[Place],
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

    def on_train_begin(self, logs: Any = None) -> None:
        """Check the arguments, try the places, find the layer."""
        if self.on not in ("step", "epoch"):
            raise invalid("on", self.on, one_of(("step", "epoch")))
        every = (1 if self.on == "epoch" else 100) if self.every is None else self.every
        self._schedule = Schedule(every)
        self._palette = palette(self.colormap)
        check_scale(self.scale)
        self._lines = lines(self.labels)
        Grid.fit(1, (1, 1, 1), self.columns, self.size, 0)
        listed = len(self._schedule.steps or ()) + 2
        self._sheet: WeightSheet | None = None
        self._album = self._open(self._draw, self._table, listed)
        model = self.model
        self._progress = Progress(model, self.params)
        self._step_by_step = StepByStep(model)
        self._next: int | None = None
        if model.built:
            self._find()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Take the first frame before the first epoch."""
        self._progress.begin_epoch(epoch)
        self._first()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Take a frame if one is wanted before this batch, or prepare to do so inside it."""
        progress = self._progress
        progress.begin_batch(batch)
        if self._sheet is None:
            self._first()
        if self._next is None or progress.step + progress.execution <= self._next:
            return
        self._step_by_step.remove()
        if progress.step >= self._next:
            self._bring_up_to_date()
            progress.settle()
        if progress.step >= self._next:
            self._take_wanted(None)
        inside = self._schedule.between(progress.step, progress.step + progress.execution)
        if inside:
            self._step_by_step.install(progress.step, inside, self._look_inside)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Take a frame if one is wanted after this epoch."""
        self._progress.end_epoch()
        self._step_by_step.remove()
        self._first()
        if self.on == "epoch":
            if self._schedule.wants(epoch + 1) and self._album and self._album.wants_next():
                self._take(as_numbers(logs))
        elif self._next is not None and self._progress.step >= self._next:
            self._take_wanted(as_numbers(logs))

    def on_train_end(self, logs: Any = None) -> None:
        """Take the last frame and bring all frames to one scale."""
        if self._album is None or self._sheet is None:
            return
        if not self.frames or self.frames[-1].step != self._progress.step:
            self._take(as_numbers(logs), last=True)
        self._album.finish()

    def _find(self) -> None:
        """Find the kernel in a model that is built."""
        self._kernel = kernels.find(self.model, self.layer, self.image_shape)
        self._units = self._kernel.choose(self.units, self.seed)
        shape = self._kernel.shape
        grid = Grid.fit(len(self._units), shape, self.columns, self.size, self._lines)
        self._sheet = WeightSheet(grid, self._palette, self.scale, self.labels)

    def _first(self) -> None:
        """Take the first frame, as soon as the model is built."""
        if self._album is None or self.frames or self._next is not None:
            return
        if self._sheet is None and self.model.built:
            self._find()
        if self._sheet is None:
            return
        step = self._progress.step
        self._album.begin(step)
        self._album.wants_next()
        self._take({})
        self._next = self._schedule.after(step) if self.on == "step" else None

    def _take_wanted(self, logs: Mapping[str, float] | None) -> None:
        """Take a wanted frame at a moment when the model's variables are in place."""
        step = self._progress.step
        self._next = self._schedule.after(step)
        if self._album is not None and self._album.wants_next():
            metrics = self.model.get_metrics_result() if logs is None else logs
            self._take(as_numbers(metrics))

    def _look_inside(self, step: int, logs: Mapping[str, Any]) -> None:
        """Take a wanted frame in the middle of an execution."""
        self._progress.step = step
        self._next = self._schedule.after(step)
        if self._album is not None and self._album.wants_next():
            self._take(as_numbers(logs), inside=True)

    def _take(self, logs: Mapping[str, float], *, last: bool = False, inside: bool = False) -> None:
        if self._album is None or self._sheet is None:
            return
        if not inside:
            self._bring_up_to_date()
        tiles = self._kernel.tiles(self._kernel.layer.kernel, self._units)
        frame = WeightFrame(self._progress.step, self._progress.epoch, dict(logs), tiles)
        self._sheet.expect(frame)
        self._album.add(frame, last=last)

    def _bring_up_to_date(self) -> None:
        self.model  # noqa: B018 - on JAX, asking for it gives the variables their values

    def _draw(self, frame: WeightFrame) -> Any:
        return self._sheet.draw(frame) if self._sheet else None

    def _table(self, frame: WeightFrame) -> bytes:
        return self._sheet.table(frame) if self._sheet else b""
