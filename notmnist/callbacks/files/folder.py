"""A folder with one PNG for each picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image

from notmnist.callbacks.files.place import check_writable, replacing

__all__ = ["Folder"]

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
