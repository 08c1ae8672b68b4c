"""The pictures of one fit: kept within bounds, and written to every place at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

from PIL import Image

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
        draw: Makes the picture of a frame.
        look: Returns what all pictures share at this moment, such as the scale. A picture drawn
            under another look is drawn again at the end.
        limit: The most frames to hold, None for no bound.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        draw: Callable[[F], Image.Image],
        look: Callable[[], Hashable],
        limit: int | None,
    ) -> None:
        self.frames: list[F] = []
        self._sinks = list(sinks)
        self._draw = draw
        self._look = look
        self._limit = limit
        self._ordinals: list[int] = []
        self._asked = 0
        self._stride = 1
        self._looks: set[Hashable] = set()

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
        self._looks.add(self._look())
        image = self._draw(frame)
        for sink in self._sinks:
            sink.add(frame.step, image)

    def finish(self) -> None:
        """Bring all pictures to one look."""
        if self._looks - {self._look()}:
            self._rewrite()

    def _thin(self) -> None:
        self._stride *= 2
        kept = [i for i, ordinal in enumerate(self._ordinals) if ordinal % self._stride == 0]
        self.frames = [self.frames[i] for i in kept]
        self._ordinals = [self._ordinals[i] for i in kept]
        self._rewrite()

    def _rewrite(self) -> None:
        self._looks = {self._look()}
        with contextlib.ExitStack() as stack:
            adders = [stack.enter_context(sink.rewriting()) for sink in self._sinks]
            for frame in self.frames:
                image = self._draw(frame)
                for add in adders:
                    add(frame.step, image)
