"""Pictures in TensorBoard."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from notmnist.callbacks.files.folder import check_writable

__all__ = ["TensorBoardLog"]


class TensorBoardLog:
    """A log directory in which TensorBoard shows the pictures by step, under "Images".

    Pictures are not redrawn: each keeps the scale that it was drawn in.

    Args:
        folder: The log directory, or the folder of a run in it; created if it is missing.
        tag: The title over the pictures.

    Example:
        >>> from notmnist.callbacks import TensorBoardLog, WeightImages
        >>> pictures = WeightImages(["weights.gif", TensorBoardLog("logs/run-1")], every=100)
    """

    def __init__(self, folder: str | os.PathLike[str], tag: str = "weights") -> None:
        self.folder = folder
        self.tag = tag
        self._writer: Any = None

    def prepare(self) -> None:
        """Create the folder, check that it is writable, and import TensorFlow."""
        import tensorflow  # noqa: F401 - fails before the fit if it is missing

        check_writable(Path(self.folder), self.folder, "folder")

    def begin(self, step: int) -> None:
        """Start a new event file; those of earlier fits stay, as always in TensorBoard."""
        import tensorflow as tf

        self._writer = tf.summary.create_file_writer(os.fspath(self.folder))

    def add(self, step: int, picture: Image.Image) -> None:
        """Write a picture and flush it, so that TensorBoard shows it at once."""
        import tensorflow as tf

        with self._writer.as_default():
            tf.summary.image(self.tag, np.asarray(picture.convert("RGB"))[None], step)
        self._writer.flush()

    def rewrite(self, pictures: Iterable[tuple[int, Image.Image]]) -> None:
        """Do nothing: an event cannot be changed once it is written."""
