"""Finds the faces in a folder of fonts and draws their letters, whatever else lies there.

Font files come from anywhere, so a process of its own opens them (`font_worker`): a file that
crashes it, eats memory or never ends costs one line in the list of problems, not the run.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from notmnist.datasets.fonts.rendering import LETTERS
from notmnist.errors import MissingSourceError, invalid

__all__ = ["SUFFIXES", "Face", "Problem", "design", "find", "read"]

SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2", ".pfb"})

_LOGGER = logging.getLogger("notmnist")

_STYLES = re.compile(
    r"\b(thin|hairline|extra|ultra|semi|demi|light|book|regular|roman|normal|medium|bold|black|"
    r"heavy|fat|italic|oblique|slanted|condensed|cond|narrow|compressed|expanded|extended|wide|"
    r"caps|sc|smallcaps|small|display|text|caption|subhead|poster|outline|inline|\d+(pt)?)\b"
)


class Face(NamedTuple):
    """A face that was drawn.

    Attributes:
        path: The font file.
        name: The file's name, with "#1" and so on for the later faces of a collection.
        family: The family's name as the font tells it; the file's where it tells none.
        style: The style's name, such as "Bold Italic".
        letters: The letters that the face draws, in the order asked for.
        images: uint8 of shape (len(letters), size, size), ink 255 on 0.
    """

    path: Path
    name: str
    family: str
    style: str
    letters: str
    images: NDArray[np.uint8]


class Problem(NamedTuple):
    """A file that was skipped, or of which only some faces could be drawn.

    Attributes:
        path: The file.
        reason: What is wrong with it, a sentence.
    """

    path: Path
    reason: str


def find(folder: str | os.PathLike[str]) -> list[Path]:
    """List the font files under a folder, in an order that is the same everywhere.

    Args:
        folder: Searched with all its subfolders; links are not followed.

    Returns:
        Paths of files whose names end as a font's, sorted by their path within the folder.

    Raises:
        MissingSourceError: `folder` is not a folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise MissingSourceError(f"There is no folder of fonts at {str(root)!r}.")
    paths = [
        path
        for path in root.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.is_symlink()
    ]
    return sorted(paths, key=lambda path: path.relative_to(root).as_posix())


def read(
    paths: list[Path], letters: str = LETTERS, size: int = 28, *, seconds: float = 20.0
) -> Iterator[Face | Problem]:
    """Draw the letters of every face, one file after the other; memory stays flat.

    Args:
        paths: Font files, as `find` lists them.
        letters: Letters to draw, each once.
        size: Height and width of the images in pixels.
        seconds: Longest time that one file may take.

    Yields:
        A `Face` for each face that draws at least one of the letters, a `Problem` for each file
        that is no font, draws none of them, crashes FreeType or takes too long.

    Raises:
        ArgumentError: `letters` is empty or repeats a letter, or `size` is out of its range.

    Example:
        >>> import matplotlib
        >>> folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        >>> face = next(read([folder / "DejaVuSans.ttf"], letters="ABC"))
        >>> face.family, face.style, face.letters, face.images.shape
        ('DejaVu Sans', 'Book', 'ABC', (3, 28, 28))
    """
    if not letters or len(set(letters)) < len(letters):
        raise invalid("letters", letters, "be letters, each of them once")
    if not 4 <= size <= 1024:
        raise invalid("size", size, "be a number of pixels from 4 to 1024")
    return _read(paths, letters, size, seconds)


def design(family: str) -> str:
    """Return the name that a family's weights, widths and optical sizes share.

    Faces of one design look alike, so that a split must keep them together.

    Args:
        family: A family's name, such as "Roboto Condensed Light".

    Returns:
        The name without words of style, lower case; the whole name if nothing else is in it.

    Example:
        >>> design("Roboto Condensed Light"), design("Black")
        ('roboto', 'black')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", family).replace("-", " ").replace("_", " ")
    name = " ".join(_STYLES.sub(" ", spaced.lower()).split())
    return name or family.lower()


def _read(paths: list[Path], letters: str, size: int, seconds: float) -> Iterator[Face | Problem]:
    worker: _Worker | None = None
    try:
        for path in paths:
            worker = worker or _Worker(letters, size)
            found = worker.ask(path, seconds)
            if found is None:
                yield Problem(path, f"FreeType crashed, or took longer than {seconds:g} s.")
                worker.stop()
                worker = None
            else:
                yield from found
    finally:
        if worker is not None:
            worker.stop()


class _Worker:
    """A `font_worker` process and the talk with it."""

    def __init__(self, letters: str, size: int) -> None:
        command = [sys.executable, "-m", "notmnist.datasets.fonts.worker", letters, str(size)]
        self.size = size
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def ask(self, path: Path, seconds: float) -> list[Face | Problem] | None:
        """Return what a file holds, or None where the process died of it."""
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        try:
            _pipe(self.process.stdin).write(json.dumps(str(path.absolute())).encode() + b"\n")
            _pipe(self.process.stdin).flush()
            return self._answer(path)
        except (OSError, ValueError):  # the pipe broke, or the answer ends too early
            return None
        finally:
            timer.cancel()

    def _answer(self, path: Path) -> list[Face | Problem]:
        output = _pipe(self.process.stdout)
        header = json.loads(output.readline())
        found: list[Face | Problem] = []
        for face in header["faces"]:
            letters = face["letters"]
            raw = output.read(len(letters) * self.size**2)
            images = np.frombuffer(raw, np.uint8).reshape(len(letters), self.size, self.size)
            name = path.name + (f"#{face['index']}" if face["index"] else "")
            if letters:
                found.append(Face(path, name, face["family"], face["style"], letters, images))
            else:
                found.append(Problem(path, f"The face {name!r} draws none of the letters."))
        if header["problem"]:
            found.append(Problem(path, header["problem"]))
        return found

    def stop(self) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            _close(_pipe(pipe))
        self.process.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # Popen was told to make it
    return pipe


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError as error:  # what was buffered for a dead process cannot be written
        _LOGGER.debug("font worker: %s", error)
