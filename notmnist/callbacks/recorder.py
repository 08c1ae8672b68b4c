"""What the picture callbacks have in common: places, frames, and a face in a notebook."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import keras

from notmnist.callbacks.album import Album, Moment
from notmnist.callbacks.apng import png
from notmnist.callbacks.picture import Picture
from notmnist.callbacks.sinks import open_sinks
from notmnist.errors import invalid

__all__ = ["Recorder", "as_numbers"]

F = TypeVar("F", bound=Moment)


class Recorder(keras.callbacks.Callback, Generic[F]):  # type: ignore[misc]  # untyped base
    """A callback that takes frames and writes their pictures."""

    path: Any
    duration: int
    hold: int
    max_frames: int | None

    def __init__(self) -> None:
        super().__init__()
        self._album: Album[F] | None = None

    @property
    def frames(self) -> list[F]:
        """The frames of the last fit, in the order of their steps."""
        return [] if self._album is None else self._album.frames

    def _open(
        self, draw: Callable[[F], Picture], table: Callable[[F], bytes], atleast: int = 0
    ) -> Album[F]:
        """Return an empty album; in a distributed fit only the first process writes files."""
        limit = self.max_frames
        if limit is not None and (not isinstance(limit, int) or limit < 2):
            raise invalid("max_frames", limit, "be an integer ≥ 2, or None for no bound")
        for name in ("duration", "hold"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 20 <= value <= 65535:
                raise invalid(name, value, "be milliseconds from 20 to 65535")
        sinks = open_sinks(self.path, int(self.duration), int(self.hold)) if _is_first() else []
        return Album(sinks, draw, table, None if limit is None else max(limit, atleast))

    def _draw(self, frame: F) -> Picture:
        raise NotImplementedError

    def _repr_png_(self) -> bytes | None:
        """Show the last frame in a notebook."""
        return png(self._draw(self.frames[-1]).image()) if self.frames else None

    def _repr_html_(self) -> str:
        """Show the last frame in a notebook, with what it is."""
        name = type(self).__name__
        content = self._repr_png_()
        if content is None:
            return f"<p>{name}: no frames yet</p>"
        last = self.frames[-1]
        title = html.escape(f"{name}: {len(self.frames)} frames, the last at step {last.step}")
        data = base64.b64encode(content).decode()
        return f'<figure><img alt="{title}" src="data:image/png;base64,{data}"></figure>'


def as_numbers(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Return logs as Python numbers, without what is not a single number."""
    numbers = {}
    for name, value in (logs or {}).items():
        try:
            numbers[name] = float(keras.ops.convert_to_numpy(value))
        except (TypeError, ValueError):
            continue
    return numbers


def _is_first() -> bool:
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return bool(jax.process_index() == 0)
    if backend == "torch":
        import torch.distributed

        ready = torch.distributed.is_available() and torch.distributed.is_initialized()
        return not ready or torch.distributed.get_rank() == 0
    return True
