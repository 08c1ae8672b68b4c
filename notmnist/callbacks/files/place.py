"""What every place for pictures can do, and how its files are written."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from PIL import Image

from notmnist.errors import invalid

__all__ = ["Place", "check_writable", "replacing"]


@runtime_checkable
class Place(Protocol):
    """A place for pictures that can be looked at while the fit runs."""

    def prepare(self) -> None:
        """Make the place, or raise ArgumentError if it cannot be written."""

    def begin(self, step: int) -> None:
        """Start a film at `step`; pictures of an earlier fit stay only where they are before it."""

    def add(self, step: int, picture: Image.Image) -> None:
        """Write one more picture."""

    def rewrite(self, pictures: Iterable[tuple[int, Image.Image]]) -> None:
        """Write all pictures of the film anew, each with its step, in place of the old ones."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside `path` that takes its place when it is complete, or leaves no trace."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(folder: Path, path: object, argument: str = "path") -> None:
    """Make a folder and try to write in it, or raise ArgumentError naming `path`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        rule = f"be in a folder that can be written ({error.strerror or error})"
        raise invalid(argument, str(path), rule) from error
