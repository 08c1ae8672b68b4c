"""The base of the callbacks that take pictures: keeps frames, writes and shows them."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import keras
from PIL import Image

from notmnist.callbacks.files import (
    Cell,
    Gif,
    Place,
    TensorBoardLog,
    in_notebook,
    open_places,
    player,
)
from notmnist.callbacks.files.folder import replacing
from notmnist.callbacks.timing.progress import Progress
from notmnist.errors import ArgumentError, invalid
from notmnist.notebook import file_bytes
from notmnist.plots.weight_sheet import Frame

__all__ = ["Film", "as_numbers"]


F = TypeVar("F", bound=Frame)
Where = str | os.PathLike[str] | TensorBoardLog


class Film(keras.callbacks.Callback, Generic[F]):  # type: ignore[misc]  # untyped base
    """A callback that takes frames and writes their pictures.

    Above `max_frames`, every second frame is dropped, and from then on only every second requested
    frame is taken, so memory is limited however long the fit is; the first frame always stays. An
    error with a picture never ends a fit: a place that can no longer be written is dropped, with
    one warning.

    Attributes:
        frames: The frames of the last fit, in the order of their steps.
    """

    async_safe = True  # Keras need not wait for the metrics of each batch
    live: bool | None = False
    _progress: Progress

    def __init__(self, path: Any, duration: int, hold: int, max_frames: int | None) -> None:
        super().__init__()
        self.path = path
        self.duration = duration
        self.hold = hold
        self.max_frames = max_frames
        self.frames: list[F] = []
        self._places: list[Place] = []
        self._limit: int | None = None
        self._stride = 1
        self._asked = 0

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all frames as one animation.

        Args:
            path: The file to write, ending in .gif, .webp, or .png or .apng for an animated PNG.

        Raises:
            ArgumentError: There are no frames, or `path` has another suffix.
            OSError: The file cannot be written.
        """
        place = Path(path)
        kinds = {".apng": "PNG", ".gif": "GIF", ".png": "PNG", ".webp": "WEBP"}
        kind = kinds.get(place.suffix.lower())
        if kind is None:
            raise invalid("path", str(path), "end in " + ", ".join(kinds))
        if not self.frames:
            raise ArgumentError("There are no frames to save. Call `fit` first.")
        if kind == "GIF":
            Gif(place, int(self.duration), int(self.hold)).rewrite(self._pictures())
            return
        pictures = [picture for _, picture in self._pictures()]
        if kind == "WEBP":
            pictures = [picture.convert("RGB") for picture in pictures]
        shown = [int(self.duration)] * (len(pictures) - 1) + [int(self.hold)]
        options = {"save_all": True, "append_images": pictures[1:], "duration": shown}
        with replacing(place) as file:
            pictures[0].save(file, kind, loop=0, lossless=True, **options)

    def finish(self) -> None:
        """Write all pictures again, now that their common scale is known.

        `fit` does this at its end; in your own training loop, call it after the last `take`.
        """
        if self.frames:
            self._write(lambda place: place.rewrite(self._pictures()))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Count the steps, and begin the film."""
        self._progress.begin_epoch(epoch)
        self._first()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Count the steps."""
        self._progress.begin_batch(batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the executions."""
        self._progress.end_batch(batch)

    def _check_film(self, at_least: int = 0) -> None:
        """Check the arguments that all films have, and the places."""
        limit = self.max_frames
        if limit is not None and (not isinstance(limit, int) or limit < 2):
            raise invalid("max_frames", limit, "be an integer ≥ 2, or None for no limit")
        for name in ("duration", "hold"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 20 <= value <= 65535:
                raise invalid(name, value, "be milliseconds from 20 to 65535")
        places = open_places(self.path, int(self.duration), int(self.hold))
        if self.live or (self.live is None and in_notebook()):
            places.append(Cell(lambda: self.frames, lambda: self._repr_png_() or b""))
        self._places = places if _is_first() else []  # of several processes, one writes files
        self._limit = None if limit is None else max(limit, at_least)
        self._stride, self._asked = 1, 0

    def _first(self) -> None:
        """Begin the film as soon as possible."""
        raise NotImplementedError

    def _begin(self, step: int) -> None:
        """Start a film at a step, after any earlier frames."""
        self.frames = [frame for frame in self.frames if frame.step < step]
        self._write(lambda place: place.begin(step))

    def _wants_next(self) -> bool:
        """Count one more wanted frame and return whether to take it."""
        self._asked += 1
        return (self._asked - 1) % self._stride == 0

    def _add(self, frame: F, *, last: bool = False) -> None:
        """Keep a frame and write its picture everywhere; the last one of a fit is never dropped."""
        self.frames.append(frame)
        picture = functools.cache(lambda: self._draw(frame))

        def add(place: Place) -> None:
            if not isinstance(place, Cell) or place.is_due():
                place.add(frame.step, picture())

        self._write(add)
        if self._limit is not None and len(self.frames) > self._limit and not last:
            self._stride *= 2
            self.frames = self.frames[::2]

    def _draw(self, frame: F) -> Image.Image:
        raise NotImplementedError

    def _pictures(self) -> Iterator[tuple[int, Image.Image]]:
        return ((frame.step, self._draw(frame)) for frame in self.frames)

    def _write(self, action: Callable[[Place], None]) -> None:
        """Apply `action` to every place; one that fails is dropped, with a warning."""
        for place in list(self._places):
            try:
                action(place)
            except Exception as error:  # no error with a picture may end the training
                self._places.remove(place)
                where = getattr(place, "path", getattr(place, "folder", place))
                advice = "`save` writes the frames elsewhere."
                self._warn(f"No more pictures are written to {str(where)!r}", error, advice)

    def _warn(self, what: str, error: Exception, advice: str = "") -> None:
        reason = f"{type(error).__name__}: {error}".rstrip(".")
        warnings.warn(f"{what}: {reason}. Training continues. {advice}".rstrip(), stacklevel=2)

    def _repr_html_(self) -> str | None:
        """Play the frames in a notebook."""
        if not self.frames:
            return None
        return player([picture for _, picture in self._pictures()], int(self.duration))

    def _repr_png_(self) -> bytes | None:
        """Show the last frame in a notebook."""
        if not self.frames:
            return None
        return file_bytes(self._draw(self.frames[-1]))


def as_numbers(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Return logs as Python numbers, without values that are not single numbers."""
    numbers = {}
    for name, value in (logs or {}).items():
        try:
            numbers[name] = float(keras.ops.convert_to_numpy(value))
        except (TypeError, ValueError):
            continue
    return numbers


def _is_first() -> bool:
    """Return whether this is the first, or the only, process of a fit."""
    if keras.backend.backend() != "jax":
        return True
    import jax

    return bool(jax.process_index() == 0)
