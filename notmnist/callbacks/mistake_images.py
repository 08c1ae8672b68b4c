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
from notmnist.errors import ArgumentError, invalid
from notmnist.evaluation.examples import read_examples
from notmnist.evaluation.outputs import keras_probabilities
from notmnist.evaluation.report import Evaluation, Mistake
from notmnist.plots.grid import Grid
from notmnist.plots.sheets import pixels
from notmnist.plots.weight_sheet import Frame

__all__ = ["MistakeFrame", "MistakeImages"]


@dataclasses.dataclass(frozen=True)
class MistakeFrame(Frame):
    """The worst mistakes at the end of an epoch, the most confident first.

    Attributes:
        mistakes: What `Evaluation.mistakes` gives; "NaN" is predicted by a model that diverged.
        images: The images of the mistakes as they were given.
        wrong: How many images in all were wrong.
        total: Of how many.
    """

    mistakes: Sequence[Mistake]
    images: NDArray[Any]
    wrong: int
    total: int


class MistakeImages(Film[MistakeFrame]):
    """Draws the validation images that the model gets most confidently wrong, after each epoch.

    Below each image stand its label, what it was taken for, and how sure the model was.

    Args:
        path: Where the pictures go, as for `WeightImages`.
        data: Labelled images, read once when `fit` begins: what `notmnist.load` returns, a pair of
            arrays, or batches of such pairs. Labels are integers or one-hot.
        count: The most images on a sheet.
        class_names: The names of the labels; None for those that `data` knows, or A to J.
        every: N for a sheet after every Nth epoch, a list of epochs counted from 1, or "log". The
            last epoch always has one.
        duration: Milliseconds a frame of an animation is shown, from 20 to 65,535.
        hold: Milliseconds its last frame is shown.
        max_frames: Above this many frames every second one is dropped, as in `WeightImages`.

    Attributes:
        frames: The frames of the last fit, each with `step`, `epoch`, `logs`, `mistakes`, `images`,
            `wrong` and `total`.

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
        much as validating on them. They stay in memory during the fit.
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
        """Check the arguments, try the places, read the data."""
        count = self.count
        if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 1:
            raise invalid("count", count, "be a positive integer")
        self._schedule = Schedule(self.every)  # type: ignore[arg-type]  # it checks the text
        self._examples = read_examples("data", self.data)
        shape = pixels(self._examples.images[:1]).shape[1:3]
        size = max(84, *shape)
        self._grid = Grid.fit(count, (*shape, 1), 8, size, lines=1, captioned=True)
        self._check_film(len(self._schedule.steps or ()) + 1)
        self._progress = Progress(self.model, self.params)
        self._begun = self._failed = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Count the steps."""
        self._progress.begin_epoch(epoch)
        if not self._begun:
            self._begun = True
            self._begin(self._progress.step + 1)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Draw a sheet if one is wanted after this epoch."""
        self._progress.end_epoch()
        if self._schedule.wants(epoch + 1) and self._wants_next():
            self._take(as_numbers(logs))

    def on_train_end(self, logs: Any = None) -> None:
        """Draw the last sheet if it is not there yet."""
        if self._begun and not (self.frames and self.frames[-1].step == self._progress.step):
            self._take(as_numbers(logs), last=True)
        self.finish()

    def _take(self, logs: Mapping[str, float], *, last: bool = False) -> None:
        if self._failed:
            return
        try:
            result = self._evaluated()
        except Exception as error:  # whatever it is, a picture never costs a training
            self._failed = True
            self._warn("No mistakes are drawn", error)
            return
        worst = result.mistakes(self.count)
        images, wrong = result.images[[one.row for one in worst]], int((~result.right).sum())
        step, epoch, total = self._progress.step, self._progress.epoch, len(result.labels)
        self._add(MistakeFrame(step, epoch, logs, worst, images, wrong, total), last=last)

    def _evaluated(self) -> Evaluation:
        """Return the evaluation of the model as it is now; "NaN" is a class of its own."""
        images, labels = self._examples.images, self._examples.labels
        assert labels is not None
        given = keras_probabilities("model", self.model, images)
        known = given.shape[1] if given.ndim == 2 else 0
        if known <= labels.max():
            raise ArgumentError(
                f"`model` must give one score for each of the {labels.max() + 1} or more classes. "
                f"Received: outputs of shape {given.shape}."
            )
        lost = np.isnan(given).any(axis=1, keepdims=True)
        given = np.where(lost, 0, given)
        smallest = np.finfo(np.float64).tiny  # the most probable class all the same, 0 % sure
        given = np.concatenate([given, np.where(lost, smallest, 0)], axis=1)
        names = tuple(self.class_names or self._examples.class_names)[:known]
        names = (*names, *(str(label) for label in range(len(names), known)), "NaN")
        return Evaluation(images, labels, given, names, self._examples.fonts)

    def _draw(self, frame: MistakeFrame) -> Image.Image:
        captions = [
            f"{one.label} as {one.predicted} {one.confidence:.0%}" for one in frame.mistakes
        ]
        share = f"{frame.wrong:,} of {frame.total:,} wrong"
        heading = [f"epoch {frame.epoch}", share, f"step {frame.step:,}"]
        tiles = pixels(frame.images) if frame.mistakes else np.empty((0, 1, 1), np.uint8)
        return self._grid.draw(tiles, captions, heading)
