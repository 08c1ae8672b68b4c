"""Pictures of what a model gets wrong while it learns."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from notmnist.callbacks.film import Film, Where, as_numbers
from notmnist.callbacks.timing.progress import Progress
from notmnist.callbacks.timing.schedule import Schedule
from notmnist.errors import invalid
from notmnist.evaluation.examples import read_examples
from notmnist.evaluation.report import Mistake, predict
from notmnist.plots.grid import Grid
from notmnist.plots.sheets import mistake_captions, pixels
from notmnist.plots.weight_sheet import Frame

__all__ = ["MistakeFrame", "MistakeImages"]


@dataclasses.dataclass(frozen=True)
class MistakeFrame(Frame):
    """The worst mistakes at the end of an epoch, the most confident first.

    Attributes:
        mistakes: The result of `Evaluation.mistakes`.
        images: The images of the mistakes as they were given.
        wrong: Number of wrong predictions.
        total: Number of images.
    """

    mistakes: Sequence[Mistake]
    images: NDArray[Any]
    wrong: int
    total: int


class MistakeImages(Film[MistakeFrame]):
    """Draws the validation images that the model gets most confidently wrong, after each epoch.

    Below each image are its label, the prediction, and the model's confidence.

    Args:
        path: Where the pictures go, as for `WeightImages`.
        data: Labelled images, read once when `fit` begins: what `notmnist.load` returns, a pair of
            arrays, or batches of such pairs. Labels are integers or one-hot.
        count: Largest number of images on a sheet.
        class_names: The names of the labels; None for those of `data`, or A to J.
        every: N for a sheet after every Nth epoch, a list of epochs counted from 1, or "log". The
            last epoch always has one.
        duration: As for `WeightImages`.
        hold: As for `WeightImages`.
        max_frames: As for `WeightImages`.

    Attributes:
        frames: The frames of the last fit, each with `step`, `epoch`, `logs`, `mistakes`, `images`,
            `wrong` (number of wrong predictions) and `total` (number of images).

    Raises:
        ArgumentError: In `fit`, if an argument is invalid or a place cannot be written.

    Example:
        >>> x, y = np.zeros((8, 28, 28, 1), "uint8"), np.arange(8)
        >>> mistakes = notmnist.callbacks.MistakeImages(None, (x, y))
        >>> history = notmnist.models.logistic().fit(x, y, verbose=0, callbacks=[mistakes])
        >>> mistakes.frames[0].wrong, mistakes.frames[0].total
        (7, 8)

    Note:
        The images are run through the model once more after every epoch, which costs about as
        much as validating on them, and stay in memory during the fit. If evaluation fails,
        for example because the model diverged, you get one warning and training continues without
        pictures.
    """

    def __init__(
        self,
        path: Where | Sequence[Where] | None,
        data: Any,
        *,
        count: int = 24,
        class_names: Sequence[str] | None = None,
        every: int | Sequence[int] | str = 1,
        duration: int = 1000,
        hold: int = 3000,
        max_frames: int | None = 100,
    ) -> None:
        super().__init__(path, duration, hold, max_frames)
        self.data = data
        self.count = count
        self.class_names = class_names
        self.every = every

    def on_train_begin(self, logs: Any = None) -> None:
        """Check the arguments and the places, and read the data."""
        count = self.count
        if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
            raise invalid("count", count, "be a positive integer")
        self._schedule = Schedule(self.every)  # type: ignore[arg-type]  # it checks the text
        examples = read_examples("data", self.data)
        names = tuple(self.class_names or examples.class_names)
        self._examples = dataclasses.replace(examples, class_names=names)
        shape = pixels(examples.images[:1]).shape[1:3]
        self._grid = Grid.fit(count, (*shape, 1), 8, max(84, *shape), lines=1, captioned=True)
        self._check_film(len(self._schedule.steps or ()) + 1)
        self._progress = Progress(self.model, self.params)
        self._begun = self._failed = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draw a sheet if one is wanted after this epoch."""
        self._progress.end_epoch()
        if self._schedule.wants(epoch + 1) and self._wants_next():
            self._take(as_numbers(logs))

    def on_train_end(self, logs: Any = None) -> None:
        """Draw the last sheet if it was not drawn yet."""
        if self._begun and not (self.frames and self.frames[-1].step == self._progress.step):
            self._take(as_numbers(logs), last=True)
        self.finish()

    def _first(self) -> None:
        if not self._begun:
            self._begun = True
            self._begin(self._progress.step + 1)

    def _take(self, logs: Mapping[str, float], *, last: bool = False) -> None:
        if self._failed:
            return
        try:
            result = predict("model", self.model, self._examples, 512)
        except Exception as error:  # no error with a picture may end the training
            self._failed = True
            self._warn("No mistakes are drawn", error)
            return
        worst = result.mistakes(self.count)
        images, wrong = result.images[[one.row for one in worst]], int((~result.right).sum())
        step, epoch, total = self._progress.step, self._progress.epoch, len(result.labels)
        self._add(MistakeFrame(step, epoch, logs, worst, images, wrong, total), last=last)

    def _draw(self, frame: MistakeFrame) -> Image.Image:
        share = f"{frame.wrong:,} of {frame.total:,} wrong"
        heading = [f"epoch {frame.epoch}", share, f"step {frame.step:,}"]
        tiles = pixels(frame.images) if frame.mistakes else np.empty((0, 1, 1), np.uint8)
        return self._grid.draw(tiles, mistake_captions(frame.mistakes), heading)
