"""Pictures of what a model gets wrong while it learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from notmnist.callbacks.mistakes import MistakeFrame, batches, worst
from notmnist.callbacks.picture import Picture, stretch
from notmnist.callbacks.progress import Progress
from notmnist.callbacks.recorder import Recorder, as_numbers
from notmnist.callbacks.schedule import Schedule
from notmnist.callbacks.tiles import Grid
from notmnist.callbacks.weight_images import Place
from notmnist.errors import invalid
from notmnist.plots import palette

__all__ = ["MistakeImages"]

_CUBE = 6  # colour images have this many levels of red, green and blue


class MistakeImages(Recorder[MistakeFrame]):
    """Draws the validation images that the model gets most confidently wrong, after each epoch.

    Below each image stand the true letter, the predicted one, and the model's confidence in it.

    Args:
        path: Where the pictures go, as for `WeightImages`.
        data: What `fit` gets as `validation_data`: arrays (images, labels) or batches of them, as
            a `tf.data.Dataset`, a `keras.utils.PyDataset` or any iterable that can be run through
            after every epoch. Labels are integers or one-hot.
        count: The most images on a sheet.
        letters: The classes' names in the order of their labels.
        every: N for a sheet after every Nth epoch, a list of epochs counted from 1, or "log". The
            last epoch always has one.
        steps: The most batches of `data` to look at, None for all of them.
        columns: Images a row.
        size: Pixels of an image's longer side on the sheet, rounded down to whole pixels.
        duration: Milliseconds a frame of an animation is shown, from 20 to 65,535.
        hold: Milliseconds its last frame is shown.
        max_frames: Above this many frames every second one is dropped, as in `WeightImages`.

    Attributes:
        frames: The frames of the last fit, each with `step`, `epoch`, `logs`, `images`, `true`,
            `predicted`, `confidence`, `wrong` and `total`.

    Raises:
        ArgumentError: At the start of `fit`, if an argument is not as above or a place cannot be
            written.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> from notmnist.callbacks import MistakeImages
        >>> x, y = np.zeros((8, 28, 28, 1), "uint8"), np.arange(8)
        >>> model = keras.Sequential(
        ...     [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
        ... )
        >>> model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        >>> mistakes = MistakeImages(getfixture("tmp_path") / "mistakes.gif", (x, y))
        >>> history = model.fit(x, y, verbose=0, callbacks=[mistakes])
        >>> mistakes.frames[0].wrong, mistakes.frames[0].total
        (7, 8)

    Note:
        The images are run through the model once more after every epoch, which costs about as
        much as validating on them.
    """

    def __init__(
        self,
        path: Place | Sequence[Place],
        data: Any,
        *,
        count: int = 24,
        letters: Sequence[str] = "ABCDEFGHIJ",
        every: int | Sequence[int] | str = 1,
        steps: int | None = None,
        columns: int | None = None,
        size: int | None = None,
        duration: int = 1000,
        hold: int = 3000,
        max_frames: int | None = 100,
    ) -> None:
        super().__init__()
        self.path = path
        self.data = data
        self.count = count
        self.letters = letters
        self.every = every
        self.steps = steps
        self.columns = columns
        self.size = size
        self.duration = duration
        self.hold = hold
        self.max_frames = max_frames

    def on_train_begin(self, logs: Any = None) -> None:
        """Check the arguments, try the places, look at the first batch."""
        steps = 1 if self.steps is None else self.steps
        for name, value in (("count", self.count), ("steps", steps)):
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
                raise invalid(name, getattr(self, name), "be a positive integer")
        self._schedule = Schedule(self.every)  # type: ignore[arg-type]  # it checks the text
        first = next(batches(self.data), None)
        if first is None:
            raise invalid("data", self.data, "have at least one batch")
        shape = first[0].shape[1:]
        columns = min(8, self.count) if self.columns is None else self.columns
        size = max(84, *shape[:2]) if self.size is None else self.size
        self._grid = Grid.fit(self.count, (*shape[:2], 1), columns, size, 1, caption=20)
        self._palette = _palette(shape[2])
        listed = len(self._schedule.steps or ()) + 1
        self._album = self._open(self._draw, lambda frame: self._palette.tobytes(), listed)
        self._progress = Progress(self.model, self.params)
        self._begun = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Count the steps."""
        self._progress.begin_epoch(epoch)
        if self._album is not None and not self._begun:
            self._begun = True
            self._album.begin(self._progress.step)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Count the steps."""
        self._progress.begin_batch(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draw a sheet if one is wanted after this epoch."""
        self._progress.end_epoch()
        wanted = self._schedule.wants(epoch + 1)
        if wanted and self._album is not None and self._album.wants_next():
            self._take(as_numbers(logs))

    def on_train_end(self, logs: Any = None) -> None:
        """Draw the last sheet if it is not there yet."""
        if self._album is None or not self._begun:
            return
        if not self.frames or self.frames[-1].step != self._progress.step:
            self._take(as_numbers(logs), last=True)
        self._album.finish()

    def _take(self, logs: dict[str, float], *, last: bool = False) -> None:
        found = worst(self.model, self.data, self.count, self.steps)
        frame = MistakeFrame(self._progress.step, self._progress.epoch, logs, **found)
        if self._album is not None:
            self._album.add(frame, last=last)

    def _draw(self, frame: MistakeFrame) -> Picture:
        shape = (self.count, self._grid.height, self._grid.width)
        tiles = np.full(shape, palette.PAPER, np.uint8)
        tiles[: len(frame.images)] = _entries(frame.images)
        page = self._grid.draw(tiles)
        share = f"{frame.wrong:,} of {frame.total:,} wrong"
        self._grid.write(page, 0, [f"epoch {frame.epoch}", share, f"step {frame.step:,}"])
        for place, (true, predicted, confidence) in enumerate(
            zip(frame.true, frame.predicted, frame.confidence, strict=True)
        ):
            caption = f"{self._letter(true)} as {self._letter(predicted)} {confidence:.0%}"
            self._grid.write_caption(page, place, caption)
        return Picture(page, self._palette, stretch())

    def _letter(self, label: int) -> str:
        if label < 0:
            return "NaN"
        return self.letters[label] if label < len(self.letters) else str(label)


def _palette(channels: int) -> NDArray[np.uint8]:
    colours = palette.palette("grey")
    if channels == 3:
        levels = np.rint(np.linspace(0, 255, _CUBE)).astype(np.uint8)
        cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
        colours[: _CUBE**3] = cube.reshape(-1, 3)
    return colours


def _entries(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Return palette entries, uint8, shape (n, height, width); other types than uint8 stretched."""
    values = images.astype(np.float32)
    if images.dtype == np.uint8:
        values /= 255
    elif values.size:
        values = np.nan_to_num(values)
        values = (values - values.min()) / (np.ptp(values) or 1)
    if images.shape[3] == 1:
        return np.rint(values[..., 0] * (palette.LEVELS - 1)).astype(np.uint8)
    level = np.rint(values * (_CUBE - 1))
    return (level @ np.array([_CUBE**2, _CUBE, 1], np.float32)).astype(np.uint8)
