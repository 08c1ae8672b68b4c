"""Where pictures go: a folder of PNGs, an animation, a TensorBoard log."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from PIL import features

from notmnist.callbacks.apng import Apng, png, recolour_png
from notmnist.callbacks.gif import Gif
from notmnist.callbacks.picture import Picture
from notmnist.callbacks.webp import WebP
from notmnist.errors import invalid

__all__ = ["ANIMATIONS", "Add", "Animation", "Folder", "Sink", "open_sinks", "writable"]

Add = Callable[[int, Picture], None]
"""Takes the step and the picture."""

ANIMATIONS: dict[str, type[Gif] | type[Apng] | type[WebP]] = {
    ".apng": Apng,
    ".gif": Gif,
    ".png": Apng,
    ".webp": WebP,
}
"""Suffix of an animation and what writes it."""

_log = logging.getLogger("notmnist")


class Sink(Protocol):
    """A place for pictures that can be looked at while the fit runs."""

    def prepare(self) -> None:
        """Make the place, or raise ArgumentError if it cannot be written."""

    def begin(self, step: int) -> None:
        """Forget the pictures of an earlier fit from `step` on."""

    def add(self, step: int, picture: Picture) -> None:
        """Write one more picture."""

    def recolour(self, tables: Mapping[int, bytes]) -> bool:
        """Give each step's picture other colours; return False if it must be written anew."""

    def rewriting(self) -> contextlib.AbstractContextManager[Add]:
        """Give a function to write all pictures anew; they replace the old ones on leaving."""


class Folder:
    """A folder with one PNG a picture, named by its step."""

    _NAME = re.compile(r"step-(\d{8,})\.png")

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make the folder and try to write in it."""
        writable(self.path, self.path)

    def begin(self, step: int) -> None:
        """Delete the pictures an earlier fit left here from `step` on."""
        self._keep(lambda other: other < step)
        self._first = step

    def add(self, step: int, picture: Picture) -> None:
        """Write `step-00000100.png`, whole or not at all."""
        target = self.path / f"step-{step:08d}.png"
        part = target.with_suffix(".part")
        part.write_bytes(png(picture.image()))
        part.replace(target)

    def recolour(self, tables: Mapping[int, bytes]) -> bool:
        """Patch the colour table of each file."""
        for step, table in tables.items():
            with (self.path / f"step-{step:08d}.png").open("r+b") as file:
                recolour_png(file, table)
        return True

    @contextlib.contextmanager
    def rewriting(self) -> Iterator[Add]:
        """Write every picture again and delete those that are not among them."""
        steps: set[int] = set()

        def add(step: int, picture: Picture) -> None:
            steps.add(step)
            self.add(step, picture)

        yield add
        self._keep(lambda other: other < self._first or other in steps)

    def _keep(self, wanted: Callable[[int], bool]) -> None:
        for file in self.path.iterdir():
            match = self._NAME.fullmatch(file.name)
            if match and not wanted(int(match[1])):
                file.unlink()


class Animation:
    """One animated file; its suffix is its format."""

    def __init__(self, path: Path, duration: int, hold: int) -> None:
        self.path = path
        self.duration = duration
        self.hold = hold
        self._codec: Gif | Apng | WebP | None = None

    def prepare(self) -> None:
        """Make the folder around the file and try to write in it."""
        if self.path.is_dir():
            rule = f"name a file where it ends in {self.path.suffix}, and this is a folder"
            raise invalid("path", str(self.path), rule)
        if self.path.suffix.lower() == ".webp" and not features.check("webp"):
            rule = "not be WebP where Pillow was built without it"
            raise invalid("path", str(self.path), rule, "Use .gif or .png.")
        writable(self.path.parent, self.path)

    def begin(self, step: int) -> None:
        """Start over with the next picture; the old file stays until then."""
        self._codec = None

    def add(self, step: int, picture: Picture) -> None:
        """Append the picture to the file."""
        if self._codec is None:
            self._codec = self._start(self.path, picture)
            return
        with self.path.open("r+b") as file:
            self._codec.add(file, picture, self.duration, self.hold)

    def recolour(self, tables: Mapping[int, bytes]) -> bool:
        """Patch the colour tables where the format has one a frame."""
        if self._codec is None:
            return True
        with self.path.open("r+b") as file:
            return self._codec.recolour(file, list(tables.values()))

    @contextlib.contextmanager
    def rewriting(self) -> Iterator[Add]:
        """Write a new file beside the old one and put it in its place."""
        part = self.path.with_name(f".{self.path.stem}.new{self.path.suffix}")
        codec: Gif | Apng | WebP | None = None

        def add(step: int, picture: Picture) -> None:
            nonlocal codec
            if codec is None:
                codec = self._start(part, picture)
                return
            with part.open("r+b") as file:
                codec.add(file, picture, self.duration, self.hold)

        try:
            yield add
            if codec is not None:
                part.replace(self.path)
                self._codec = codec
        finally:
            part.unlink(missing_ok=True)

    def _start(self, path: Path, picture: Picture) -> Gif | Apng | WebP:
        """Write a file of one frame and put it in place whole."""
        codec = ANIMATIONS[path.suffix.lower()]()
        part = path.with_name(f".{path.name}.part")
        with part.open("w+b") as file:
            codec.add(file, picture, self.duration, self.hold)
        part.replace(path)
        return codec


def open_sinks(path: object, duration: int, hold: int) -> list[Sink]:
    """Return what writes to each of the given places, after trying each.

    Args:
        path: A path, anything with the methods of `Sink`, or a list of these. A path that ends in
            a suffix of `ANIMATIONS` is an animation; one without a suffix, or with a slash at its
            end, is a folder of PNGs.
        duration: Milliseconds a frame of an animation is shown.
        hold: Milliseconds its last frame is shown.

    Raises:
        ArgumentError: If a suffix is unknown or a place cannot be written.
    """
    given = path if isinstance(path, list | tuple) else [path]
    sinks = [_sink(each, duration, hold) for each in given]
    if not sinks:
        raise invalid("path", path, "name at least one place")
    for sink in sinks:
        sink.prepare()
    return sinks


def _sink(path: Any, duration: int, hold: int) -> Sink:
    if hasattr(path, "rewriting"):
        sink: Sink = path
        return sink
    if not isinstance(path, str | os.PathLike):
        raise invalid("path", path, "be a path, a TensorBoardLog, or a list of these")
    name = os.fspath(path)
    place = Path(name)
    if not place.suffix or name.endswith(("/", os.sep)):
        return Folder(place)
    if place.suffix.lower() not in ANIMATIONS:
        rule = "end in " + ", ".join(ANIMATIONS) + ", or in no suffix for a folder of PNGs"
        raise invalid("path", name, rule, "End a folder's name with / where it has a dot.")
    return Animation(place, duration, hold)


def writable(folder: Path, path: object) -> None:
    """Make a folder and try to write in it, or raise ArgumentError naming `path`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        rule = f"be in a folder that can be written ({error.strerror or error})"
        raise invalid("path", str(path), rule) from error
