"""A folder with one PNG per picture, and the functions that write every picture file."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from notmnist.errors import invalid

__all__ = ["Folder", "check_writable", "replacing"]

_NAME = re.compile(r"step-(\d{8,})\.png")


class Folder:
    """A folder of pictures `step-00000100.png`, each written completely or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._first = 0

    def prepare(self) -> None:
        """Create the folder and check that it is writable."""
        check_writable(self.path, self.path)

    def begin(self, step: int) -> None:
        """Delete the pictures that an earlier fit left here, from `step` on."""
        self._first = step
        self._keep(lambda other: other < step)

    def add(self, step: int, picture: Image.Image) -> None:
        """Write a picture, compressed for speed rather than size."""
        with replacing(self.path / f"step-{step:08d}.png") as file:
            picture.save(file, "PNG", compress_level=1)

    def rewrite(self, pictures: Iterable[tuple[int, Image.Image]]) -> None:
        """Write every picture again and delete those that are not among them."""
        steps = set()
        for step, picture in pictures:
            self.add(step, picture)
            steps.add(step)
        self._keep(lambda other: other < self._first or other in steps)

    def _keep(self, wanted: Callable[[int], bool]) -> None:
        for file in self.path.iterdir():
            match = _NAME.fullmatch(file.name)
            if match and not wanted(int(match[1])):
                file.unlink()


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that replaces `path` when it is complete, and is removed after an error."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(folder: Path, path: object, argument: str = "path") -> None:
    """Create a folder and check that it is writable, or raise an ArgumentError about `path`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        rule = f"be in a folder that you can write to ({error.strerror or error})"
        raise invalid(argument, str(path), rule) from error
