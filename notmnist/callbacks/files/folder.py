"""A folder with one PNG for each picture, and how every file of pictures is written."""

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
    """A folder of pictures `step-00000100.png`, each written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._first = 0

    def prepare(self) -> None:
        """Make the folder and try to write in it."""
        check_writable(self.path, self.path)

    def begin(self, step: int) -> None:
        """Delete the pictures that an earlier fit left here from `step` on."""
        self._first = step
        self._keep(lambda other: other < step)

    def add(self, step: int, picture: Image.Image) -> None:
        """Write a picture, packed fast rather than small."""
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
