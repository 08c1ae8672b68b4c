"""Finds the faces in a folder of fonts and draws their letters, whatever else lies there.

Font files come from anywhere, so a process of its own opens them (`worker`): a file that crashes
it, takes too much memory or never ends becomes one `Problem`, and the next file is read.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from notmnist.datasets.fonts.rendering import check_size
from notmnist.datasets.letters import IMAGE_SHAPE
from notmnist.errors import ArchiveError, MissingSourceError, invalid

__all__ = ["SUFFIXES", "Face", "Problem", "design", "find", "read"]

SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2", ".pfb"})

_START = 60.0  # seconds that the process may take to start

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
        family: The family's name as the font states it, or else the file's.
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
    """A face that was skipped, or a file of which not all faces could be drawn.

    Attributes:
        path: The file.
        name: The file's name, or the face's, as for a `Face`.
        reason: What is wrong with it, without its name.
    """

    path: Path
    name: str
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
    paths: Sequence[Path], letters: str, size: int = IMAGE_SHAPE[0], *, seconds: float = 20.0
) -> Iterator[Face | Problem]:
    """Draw the letters of every face, one file at a time.

    Args:
        paths: Font files, as `find` lists them.
        letters: Letters to draw, each once.
        size: Height and width of the images in pixels, 4 to 1024.
        seconds: Longest time that one file may take.

    Yields:
        A `Face` for each face that draws at least one of the letters, a `Problem` for each that
        draws none of them and for each file that is not a font, crashes FreeType or takes too long.

    Raises:
        ArgumentError: `letters` is empty or repeats a letter, or `size` is out of its range.
        ArchiveError: No process can be started.

    Example:
        >>> import matplotlib
        >>> folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        >>> face = next(read([folder / "DejaVuSans.ttf"], letters="ABC"))
        >>> face.family, face.style, face.letters, face.images.shape
        ('DejaVu Sans', 'Book', 'ABC', (3, 28, 28))
    """
    if not letters or len(set(letters)) < len(letters):
        raise invalid("letters", letters, "be letters, each of them once")
    check_size(size)
    return _read(paths, letters, size, seconds)


def design(family: str) -> str:
    """Return the name that a family's weights, widths and optical sizes share.

    Faces of one design look alike, so a split must keep them together.

    Args:
        family: A family's name, such as "Roboto Condensed Light".

    Returns:
        The name in lower case without words of style; the whole name if it has no other words.

    Example:
        >>> design("Roboto Condensed Light"), design("Black")
        ('roboto', 'black')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", family).replace("-", " ").replace("_", " ")
    name = " ".join(_STYLES.sub(" ", spaced.lower()).split())
    return name or family.lower()


def _read(
    paths: Sequence[Path], letters: str, size: int, seconds: float
) -> Iterator[Face | Problem]:
    worker: _Worker | None = None
    try:
        for path in paths:
            worker = worker or _Worker(letters, size)
            found = worker.ask(path, seconds)
            if found is None:
                reason = f"crashes FreeType, or takes longer than {seconds:g} s"
                yield Problem(path, path.name, reason)
                worker.stop()
                worker = None
            else:
                yield from found
    finally:
        if worker is not None:
            worker.stop()


class _Worker:
    """A process that runs `worker`, and the talk with it."""

    def __init__(self, letters: str, size: int) -> None:
        self.size = size
        self.process = subprocess.Popen(
            [sys.executable, "-m", "notmnist.datasets.fonts.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # its buffers count as memory
        )
        try:
            with self._limit(_START):
                self._request([letters, size])
        except (OSError, ValueError) as error:
            self.stop()
            message = (
                f"Cannot start the process that opens font files. {sys.executable!r} must be able "
                "to import notmnist: install it, or set PYTHONPATH."
            )
            raise ArchiveError(message) from error

    def ask(self, path: Path, seconds: float) -> list[Face | Problem] | None:
        """Return what a file contains, or None if the process died of it."""
        try:
            with self._limit(seconds):
                return self._faces(path, self._request(str(path.absolute())))
        except (OSError, ValueError):  # the pipe broke, or the answer ends too early
            return None

    def _faces(self, path: Path, header: dict[str, Any]) -> list[Face | Problem]:
        found: list[Face | Problem] = []
        for face in header["faces"]:
            letters = face["letters"]
            raw = _pipe(self.process.stdout).read(len(letters) * self.size**2)
            images = np.frombuffer(raw, np.uint8).reshape(len(letters), self.size, self.size)
            name = path.name + (f"#{face['index']}" if face["index"] else "")
            if letters:
                found.append(Face(path, name, face["family"], face["style"], letters, images))
            else:
                found.append(Problem(path, name, "draws none of the letters"))
        if header["problem"]:
            found.append(Problem(path, path.name, header["problem"]))
        return found

    def _request(self, what: Any) -> Any:
        """Send a line of JSON and return the line that answers it; ValueError if there is none."""
        requests = _pipe(self.process.stdin)
        requests.write(json.dumps(what).encode() + b"\n")
        requests.flush()
        return json.loads(_pipe(self.process.stdout).readline())

    @contextlib.contextmanager
    def _limit(self, seconds: float) -> Iterator[None]:
        """Kill the process after so many seconds."""
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def stop(self) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):  # a dead process takes nothing more
                _pipe(pipe).close()
        self.process.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # Popen was told to make it
    return pipe
