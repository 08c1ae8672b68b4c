"""The places that pictures go to: a folder of PNGs, a GIF, a TensorBoard log, a notebook."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from notmnist.callbacks.files.folder import Folder
from notmnist.callbacks.files.gif import Gif
from notmnist.callbacks.files.notebook import Cell, in_notebook, player
from notmnist.callbacks.files.tensorboard import TensorBoardLog
from notmnist.errors import invalid

__all__ = ["Cell", "Folder", "Gif", "TensorBoardLog", "in_notebook", "open_places", "player"]

Place = Cell | Folder | Gif | TensorBoardLog


def open_places(path: object, duration: int, hold: int) -> list[Place]:
    """Return a writer for each place in the `path` of `WeightImages`, after checking each.

    Raises:
        ArgumentError: `path` is invalid, or cannot be written.
    """
    if path is None:
        return []
    given = path if isinstance(path, list | tuple) else [path]
    places = [_place(each, duration, hold) for each in given]
    if not places:
        raise invalid("path", path, "name at least one place", "Use None to only keep frames.")
    for place in places:
        place.prepare()
    return places


def _place(path: Any, duration: int, hold: int) -> Place:
    if isinstance(path, TensorBoardLog):
        return path
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise invalid("path", path, "be a path, a TensorBoardLog, a list of these, or None")
    name = os.fspath(path)
    place = Path(name)
    if not place.suffix or name.endswith(("/", os.sep)):
        return Folder(place)
    if place.suffix.lower() != ".gif":
        rule = "end in .gif, or have no suffix for a folder of PNGs"
        advice = "End a folder's name with / if it has a dot; `save` writes .webp and .png."
        raise invalid("path", name, rule, advice)
    return Gif(place, duration, hold)
