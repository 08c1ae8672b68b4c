"""The pictures of one fit: kept within bounds, and written to every place at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from notmnist.callbacks.picture import Picture
from notmnist.callbacks.sinks import Sink

__all__ = ["Album", "Moment"]


class Moment(Protocol):
    """Anything that knows its step."""

    @property
    def step(self) -> int:
        """Optimizer steps done."""


F = TypeVar("F", bound=Moment)


class Album(Generic[F]):
    """Frames of a fit and their pictures.

    Above `limit` frames every second one is dropped and only every second wanted one is taken from
    then on, so memory and files stay bounded however long the fit; the first frame always stays.

    Args:
        sinks: Where the pictures go.
        draw: Makes the picture of a frame, under the scale that holds at that moment.
        table: Returns the colour table that the frame's picture has now.
        limit: The most frames to hold, None for no bound.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        draw: Callable[[F], Picture],
        table: Callable[[F], bytes],
        limit: int | None,
    ) -> None:
        self.frames: list[F] = []
        self._sinks = list(sinks)
        self._draw = draw
        self._table = table
        self._limit = limit
        self._ordinals: list[int] = []
        self._asked = 0
        self._stride = 1
        self._tables: dict[int, bytes] = {}  # as written, by step

    def begin(self, step: int) -> None:
        """Start with the step that the fit starts with."""
        for sink in self._sinks:
            sink.begin(step)

    def wants_next(self) -> bool:
        """Count one more wanted frame and return whether it is to be taken."""
        self._asked += 1
        return (self._asked - 1) % self._stride == 0

    def add(self, frame: F, *, last: bool = False) -> None:
        """Keep a frame and write its picture everywhere; the fit's last one never thins."""
        self.frames.append(frame)
        self._ordinals.append(self._asked - 1)
        if self._limit is not None and len(self.frames) > self._limit and not last:
            self._thin()
            return
        picture = self._draw(frame)
        self._tables[frame.step] = picture.table
        for sink in self._sinks:
            sink.add(frame.step, picture)

    def finish(self) -> None:
        """Bring all pictures to the scale that holds now."""
        tables = {frame.step: self._table(frame) for frame in self.frames}
        if tables != self._tables:
            self._rewrite([sink for sink in self._sinks if not sink.recolour(tables)])
            self._tables = tables

    def _thin(self) -> None:
        self._stride *= 2
        kept = [i for i, ordinal in enumerate(self._ordinals) if ordinal % self._stride == 0]
        self.frames = [self.frames[i] for i in kept]
        self._ordinals = [self._ordinals[i] for i in kept]
        self._tables = {frame.step: self._table(frame) for frame in self.frames}
        self._rewrite(self._sinks)

    def _rewrite(self, sinks: Sequence[Sink]) -> None:
        with contextlib.ExitStack() as stack:
            adders = [stack.enter_context(sink.rewriting()) for sink in sinks]
            for frame in self.frames if adders else ():
                picture = self._draw(frame)
                for add in adders:
                    add(frame.step, picture)
