"""Pictures as TensorBoard's image summaries."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from notmnist.callbacks.apng import png
from notmnist.callbacks.picture import Picture
from notmnist.callbacks.sinks import Add, writable

__all__ = ["TensorBoardLog"]

_serial = itertools.count()  # two logs of one process in one second need two names


class TensorBoardLog:
    """A log directory in which TensorBoard shows the pictures by step, under "Images".

    Args:
        folder: The log directory, or a run's folder in it; made if it is not there.
        tag: The title over the pictures.

    Example:
        >>> from notmnist.callbacks import TensorBoardLog, WeightImages
        >>> pictures = WeightImages(["weights.gif", TensorBoardLog("logs/run-1")], every=100)
    """

    def __init__(self, folder: str | os.PathLike[str], tag: str = "weights") -> None:
        self.folder = folder
        self.tag = tag
        self._files: list[Path] = []  # of this fit: appending after a rewrite takes a new one
        self._writer: Any = None

    def prepare(self) -> None:
        """Make the folder, try to write in it, and load what writes the events."""
        import tensorflow  # noqa: F401 - told before the fit, if it is missing

        writable(Path(self.folder), self.folder)

    def begin(self, step: int) -> None:
        """Start a new event file; those of earlier fits stay, as TensorBoard's own do."""
        self._close()
        self._files = []

    def add(self, step: int, picture: Picture) -> None:
        """Write one image summary and flush it, so that TensorBoard shows it at once."""
        if self._writer is None:
            name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}"
            path = Path(self.folder) / f"{name}.{os.getpid()}.notmnist{next(_serial)}"
            self._files.append(path)
            self._writer = _open(path)
        self._writer.write(_image_event(step, self.tag, picture))
        self._writer.flush()

    def recolour(self, tables: Mapping[int, bytes]) -> bool:
        """Return False: records carry checksums, so pictures are written again."""
        return False

    @contextlib.contextmanager
    def rewriting(self) -> Iterator[Add]:
        """Write a new event file and put it in the place of the fit's old ones."""
        self._close()
        if not self._files:
            yield lambda step, picture: None
            return
        first, *others = self._files
        part = first.with_name(f".{first.name.replace('tfevents', 'part')}")
        writer = _open(part)
        try:
            yield lambda step, picture: writer.write(_image_event(step, self.tag, picture))
            writer.close()
            part.replace(first)
            for path in others:
                path.unlink()
            self._files = [first]
        finally:
            writer.close()
            part.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _open(path: Path) -> Any:
    import tensorflow as tf

    writer = tf.io.TFRecordWriter(os.fspath(path))
    event = tf.compat.v1.Event(wall_time=time.time(), file_version="brain.Event:2")
    writer.write(event.SerializeToString())
    return writer


def _image_event(step: int, tag: str, picture: Picture) -> bytes:
    import tensorflow as tf

    v1 = tf.compat.v1
    height, width = picture.page.shape
    image = v1.Summary.Image(
        height=height, width=width, colorspace=3, encoded_image_string=png(picture.image())
    )
    summary = v1.Summary(value=[v1.Summary.Value(tag=tag, image=image)])
    event = v1.Event(wall_time=time.time(), step=step, summary=summary)
    return bytes(event.SerializeToString())
