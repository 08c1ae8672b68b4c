"""Finds the fonts in a folder and draws the letters of their faces.

Font files are not trusted, so a separate process (`worker`) opens them: a file that crashes it,
uses too much memory or never finishes becomes one `Problem`, and the next file is read.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from notmnist.datasets.letters import IMAGE_SHAPE
from notmnist.errors import ArchiveError, MissingSourceError

__all__ = ["SUFFIXES", "Face", "Problem", "design", "find", "read"]

SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2", ".pfb"})

_START = 60.0  # seconds that the process may take to start

_STYLES = re.compile(
    r"\b(thin|hairline|extra|ultra|semi|demi|light|book|regular|roman|normal|medium|bold|black|"
    r"heavy|fat|italic|oblique|slanted|condensed|cond|narrow|compressed|expanded|extended|wide|"
    r"caps|sc|smallcaps|small|display|text|caption|subhead|poster|outline|inline|\d+(pt)?)\b"
)


class Face(NamedTuple):
    """A face that was drawn."""

    path: Path
    name: str  # the file's, with "#1" and so on for the later faces of a collection
    family: str  # as the font states it, or else the file's name
    style: str  # such as "Bold Italic"
    letters: str  # that the face draws, in the order asked for
    images: NDArray[np.uint8]  # shape (len(letters), size, size), ink 255 on 0


class Problem(NamedTuple):
    """A face that was skipped, or a file with faces that could not be drawn."""

    path: Path
    name: str
    reason: str


def find(folder: str | os.PathLike[str]) -> list[Path]:
    """List the font files in a folder and its subfolders, sorted by path; links are ignored.

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
    """Draw the letters of every face, spending at most `seconds` on each file.

    Yields:
        A `Face` for each face that draws at least one of the letters, a `Problem` for each that
        draws none of them and for each file that is not a font, crashes FreeType or takes too long.

    Raises:
        ArchiveError: The process cannot be started.

    Example:
        >>> import matplotlib
        >>> folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        >>> face = next(read([folder / "DejaVuSans.ttf"], letters="ABC"))
        >>> face.family, face.style, face.letters, face.images.shape
        ('DejaVu Sans', 'Book', 'ABC', (3, 28, 28))
    """
    worker: subprocess.Popen[str] | None = None
    try:
        for path in paths:
            worker = worker or _start(letters, size)
            answer = _ask(worker, str(path.absolute()), seconds)
            if answer is None:
                reason = f"crashes FreeType, or takes longer than {seconds:g} s"
                yield Problem(path, path.name, reason)
                _stop(worker)
                worker = None
            else:
                yield from _found(path, answer, size)
    finally:
        if worker is not None:
            _stop(worker)


def design(family: str) -> str:
    """Return the name that a family's weights, widths and optical sizes share.

    Faces of one design look alike, so they must be in one split. Style words are removed, unless
    the name has no other words.

    Example:
        >>> design("Roboto Condensed Light"), design("Black")
        ('roboto', 'black')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", family).replace("-", " ").replace("_", " ")
    name = " ".join(_STYLES.sub(" ", spaced.lower()).split())
    return name or family.lower()


def _start(letters: str, size: int) -> subprocess.Popen[str]:
    """Start a process that runs `worker`."""
    worker = subprocess.Popen(
        [sys.executable, "-u", "-m", "notmnist.datasets.fonts.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # its buffers count as memory
        text=True,
    )
    if _ask(worker, [letters, size], _START) is None:
        _stop(worker)
        message = (
            f"Cannot start the process that opens font files. {sys.executable!r} must be able "
            "to import notmnist: install it, or set PYTHONPATH."
        )
        raise ArchiveError(message)
    return worker


def _ask(worker: subprocess.Popen[str], what: Any, seconds: float) -> Any:
    """Send a line of JSON and return the answer, or None if the process died."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    timer = threading.Timer(seconds, worker.kill)
    timer.start()
    try:
        worker.stdin.write(f"{json.dumps(what)}\n")
        worker.stdin.flush()
        return json.loads(worker.stdout.readline())
    except (OSError, ValueError):  # the pipe broke, or the answer ends too early
        return None
    finally:
        timer.cancel()


def _stop(worker: subprocess.Popen[str]) -> None:
    worker.kill()
    worker.communicate()


def _found(path: Path, answer: dict[str, Any], size: int) -> Iterator[Face | Problem]:
    for face in answer["faces"]:
        letters = face["letters"]
        pixels = np.frombuffer(base64.b64decode(face["pixels"]), np.uint8)
        name = path.name + (f"#{face['index']}" if face["index"] else "")
        if letters:
            images = pixels.reshape(len(letters), size, size)
            yield Face(path, name, face["family"], face["style"], letters, images)
        else:
            yield Problem(path, name, "draws none of the letters")
    if answer["problem"]:
        yield Problem(path, path.name, answer["problem"])
