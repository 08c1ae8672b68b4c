"""Pictures of a layer's weights while a model learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from PIL import Image

from notmnist.callbacks.film import Film, Where, as_numbers
from notmnist.callbacks.timing.progress import Progress
from notmnist.callbacks.timing.schedule import Every, Schedule
from notmnist.errors import invalid, one_of
from notmnist.plots import kernels
from notmnist.plots.grid import Grid
from notmnist.plots.palette import palette
from notmnist.plots.weight_sheet import WeightFrame, WeightSheet

__all__ = ["WeightImages"]

_SCALES = ("fixed", "frame", "unit")


class WeightImages(Film[WeightFrame]):
    """Draws the weights of a layer, unit by unit, as images in the shape of the model's input.

    Args:
        path: Where the pictures go while the model learns: a path that ends in .gif is an
            animation, one without a suffix is a folder of PNGs, a `TensorBoardLog` is a log that
            TensorBoard shows; a list of these; or None to keep the frames in memory.
        layer: Name of the layer; None for the first whose kernel is an image.
        every: N for a picture every N steps (or epochs, see `on`); a list of steps; "log" for 1, 2,
            5, 10, 20, 50, 100, ...; None for 40 to 60 pictures over the whole fit, most of them
            early, when weights change most, or for every epoch. The first and the last step are
            always drawn.
        units: Number of units or filters, chosen at random but the same in all frames; a list of
            their indices; or None for all of them or, if they do not fit, a random selection (49 of
            28 × 28 weights).
        names: A name below each tile: a list with one for each unit of the layer, such as
            "ABCDEFGHIJ" for the ten outputs; True for the numbers of the units; False for none.
        seed: Seed of the random choice of units.
        scale: "fixed" scales all frames by the largest weight of the last one, and larger weights
            in earlier frames get the end colours; "frame" scales each frame by its own largest
            weight; "unit" scales each unit in each frame by its own; or the magnitude that gets
            the strongest colour.
        colormap: "blue-red", "blue-orange", "purple-green" or "grey", from negative to positive.
            Zero is in the middle, NaN is yellow.
        columns: Tiles per row; None for a layout that suits a page.
        size: Pixels of a tile's longer side on the picture, rounded down to whole pixels of the
            weights; None for a size that suits a page.
        labels: Whether to write the step, the epoch and the metrics above the tiles.
        on: What `every` counts, "step" or "epoch".
        image_shape: (height, width) or (height, width, channels) of a Dense layer's input, if the
            layers before it do not show it.
        duration: Milliseconds to show each frame of an animation, from 20 to 65,535.
        hold: Milliseconds to show its last frame.
        max_frames: Above this number of frames, every second one is dropped, and from then on every
            second wanted step is skipped, to limit memory; a list of steps is kept in full. None
            for no limit.
        live: Whether to show the latest picture and the metrics in a notebook during `fit`; None
            for yes in a notebook. It takes at most 3 % of the time.

    Attributes:
        frames: The frames of the last fit, each with `step`, `epoch`, `logs` and `tiles`, float32
            of shape (units, height, width, channels).

    Raises:
        ArgumentError: In `fit`, if an argument is invalid, there is no such layer, its kernel
            is not an image, or a place cannot be written.

    Example:
        >>> pictures = notmnist.callbacks.WeightImages(None, every=2)
        >>> x, y = np.zeros((50, 28, 28, 1), "uint8"), np.arange(50) % 10
        >>> history = notmnist.models.logistic().fit(x, y, 10, verbose=0, callbacks=[pictures])
        >>> [frame.step for frame in pictures.frames], pictures.frames[0].tiles.shape
        ([0, 2, 4, 5], (10, 28, 28, 1))

    Note:
        Steps are counted over all epochs. A fit with `initial_epoch` counts those before it and
        keeps the pictures that are there. With `steps_per_execution` above 1, a picture is
        taken at the first end of an execution at or after the wanted step.
    """

    def __init__(
        self,
        path: Where | Sequence[Where] | None = None,
        *,
        layer: str | None = None,
        every: Every = None,
        units: int | Sequence[int] | None = None,
        names: bool | Sequence[str] = False,
        seed: int = 0,
        scale: Literal["fixed", "frame", "unit"] | float = "fixed",
        colormap: str = "blue-red",
        columns: int | None = None,
        size: int | None = None,
        labels: bool = True,
        on: Literal["step", "epoch"] = "step",
        image_shape: Sequence[int] | None = None,
        duration: int = 150,
        hold: int = 2000,
        max_frames: int | None = 100,
        live: bool | None = None,
    ) -> None:
        super().__init__(path, duration, hold, max_frames)
        self.live = live
        self._sheet: WeightSheet | None = None
        self._filmed: Any = None
        self.layer = layer
        self.every = every
        self.units = units
        self.names = names
        self.seed = seed
        self.scale = scale
        self.colormap = colormap
        self.columns = columns
        self.size = size
        self.labels = labels
        self.on = on
        self.image_shape = image_shape

    def on_train_begin(self, logs: Any = None) -> None:
        """Check the arguments and the places, and find the layer."""
        if self.on not in ("step", "epoch"):
            raise invalid("on", self.on, one_of(("step", "epoch")))
        steps, epochs = (self.params or {}).get("steps"), (self.params or {}).get("epochs")
        total = steps * epochs if steps and epochs and steps > 0 else None
        every = 1 if self.on == "epoch" and self.every is None else self.every
        self._schedule = Schedule(every, total)
        self._check(len(self._schedule.steps or ()) + 2)
        self._progress = Progress(self.model, self.params)
        self._next: int | None = None
        self._begun, self._sheet = False, None
        if self.model.built:
            self._find(self.model)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Take a frame if one is wanted before this batch."""
        super().on_train_batch_begin(batch)
        if not self._begun:
            self._first()
        if self._next is not None and self._progress.step >= self._next:
            self.model  # noqa: B018 - on JAX, reading it updates the variables
            self._progress.settle()
            self._take_wanted(None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Take a frame if one is wanted after this epoch."""
        self._progress.end_epoch()
        self._first()
        if self.on == "step":
            self._take_wanted(as_numbers(logs))
        elif self._schedule.wants(epoch + 1) and self._wants_next():
            self._take(self._progress.step, self._progress.epoch, as_numbers(logs))

    def on_train_end(self, logs: Any = None) -> None:
        """Take the last frame and draw all frames in one scale."""
        if not self._begun:
            return
        if self.frames[-1].step != self._progress.step:
            self._take(self._progress.step, self._progress.epoch, as_numbers(logs), last=True)
        self.finish()

    def take(self, model: Any, step: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take a frame in your own training loop, without `fit`.

        A step that is not after the last one begins a new film. Call `finish` after the last frame
        to draw all pictures in one scale.

        Args:
            model: A built model. On JAX, its variables must be up to date.
            step: Number of steps done, 0 or more.
            logs: Metrics to write on the picture.

        Raises:
            ArgumentError: As `fit` does, or `step` is not such a number.

        Example:
            >>> pictures = notmnist.callbacks.WeightImages(None)
            >>> model = notmnist.models.logistic()
            >>> for step in range(3):
            ...     pictures.take(model, step, {"loss": 1.0})
            >>> len(pictures.frames)
            3
        """
        if not isinstance(step, int) or step < 0:
            raise invalid("step", step, "be an integer ≥ 0")
        if not self.frames or step <= self.frames[-1].step or model is not self._filmed:
            self.frames = []
            self._check()
            self._find(model)
            self._begin(step)
        self._take(step, None, as_numbers(logs))

    def _check(self, at_least: int = 0) -> None:
        """Check the arguments that need no model, and the places."""
        number = isinstance(self.scale, int | float | np.number) and self.scale is not True
        if self.scale not in _SCALES and not (number and 0 < float(self.scale) < np.inf):
            raise invalid("scale", self.scale, one_of(_SCALES) + ", or a positive number")
        if not isinstance(self.labels, bool):
            raise invalid("labels", self.labels, "be True or False")
        palette(self.colormap)
        Grid.fit(1, (1, 1, 1), self.columns, self.size)
        self._check_film(at_least)

    def _find(self, model: Any) -> None:
        """Find the kernel in a built model."""
        self._filmed = model
        self._kernel = kernels.find(model, self.layer, self.image_shape)
        self._units = self._kernel.choose(self.units, self.seed)
        self._sheet = WeightSheet(
            self._kernel,
            self._units,
            columns=self.columns,
            size=self.size,
            colormap=self.colormap,
            scale=self.scale,
            labels=self.labels,
            names=self.names,
        )

    def _first(self) -> None:
        """Take the first frame, as soon as the model is built."""
        if self._begun or not self.model.built:
            return
        if self._sheet is None:
            self._find(self.model)
        self._begun = True
        step = self._progress.step
        self._begin(step)
        self._wants_next()
        self._take(step, self._progress.epoch, {})
        self._next = self._schedule.after(step) if self.on == "step" else None

    def _take_wanted(self, logs: Mapping[str, float] | None) -> None:
        """Take a frame if one is wanted; the model's variables must be up to date."""
        step = self._progress.step
        if self._next is None or step < self._next:
            return
        self._next = self._schedule.after(step)
        if self._wants_next():
            metrics = self.model.get_metrics_result() if logs is None else logs
            self._take(step, self._progress.epoch, as_numbers(metrics))

    def _take(
        self, step: int, epoch: int | None, logs: Mapping[str, float], *, last: bool = False
    ) -> None:
        tiles = self._kernel.tiles(self._units)
        if self.frames and self.frames[0].tiles.shape != tiles.shape:
            self.frames = []  # those of another model
        self._add(WeightFrame(step, epoch, dict(logs), tiles), last=last)

    def _draw(self, frame: WeightFrame) -> Image.Image:
        assert self._sheet is not None
        last = next((each.largest for each in reversed(self.frames) if each.largest), 0.0)
        return self._sheet.draw(frame, last)
