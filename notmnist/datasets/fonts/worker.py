"""The process that opens font files, so that a hostile one can break nothing else.

`notmnist.datasets.fonts.folder` starts it and writes lines of JSON to standard input: first the
letters and the size, then one path a line. For each path it reads a line of JSON from standard
output, and then the pixels of the images that this line announces.
"""

from __future__ import annotations

import contextlib
import json
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from notmnist.datasets.fonts.rendering import draw, open_face

__all__ = ["answer", "serve"]

_MEMORY = 2 * 1024**3
"""Bytes of address space; the largest faces need a tenth of them."""

_MOST_FACES = 64
"""Of one collection; a header may claim four billion."""


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until they end.

    Args:
        requests: A line with a JSON list of the letters and the size, then a line with a JSON
            string for each path.
        answers: Gets an empty JSON object on the first line, then a line of JSON for each path,
            followed by the images' pixels.
    """
    letters, size = json.loads(requests.readline())
    answers.write(b"{}\n")
    answers.flush()
    for line in requests:
        header, pixels = answer(Path(json.loads(line)), letters, size)
        answers.write(json.dumps(header).encode() + b"\n" + pixels)
        answers.flush()


def answer(path: Path, letters: str, size: int) -> tuple[dict[str, Any], bytes]:
    """Draw every face of a file.

    Args:
        path: The file.
        letters: Letters to draw.
        size: Height and width of the images in pixels.

    Returns:
        A dictionary with `faces` (each with `index`, `family`, `style` and the `letters` drawn)
        and `problem` (why not all faces were drawn, or None), and the pixels of all images in that
        order.
    """
    faces: list[dict[str, Any]] = []
    pixels: list[bytes] = []
    try:
        for index in range(_faces_in(path)):
            glyphs = draw(path, letters, size, index)
            family, style = _names(path, index)
            drawn = "".join(glyphs)
            pixels.append(np.stack(list(glyphs.values())).tobytes() if glyphs else b"")
            faces.append({"index": index, "family": family, "style": style, "letters": drawn})
    except Exception as error:  # whatever Pillow raises for a damaged font
        cause = error.__cause__ or error
        reason = getattr(cause, "strerror", None) or str(cause) or repr(cause)
        problem = f"cannot be drawn: {reason}"
        return {"faces": faces, "problem": problem}, b"".join(pixels)
    return {"faces": faces, "problem": None}, b"".join(pixels)


def _faces_in(path: Path) -> int:
    """The number of faces that a collection's header claims; 1 for every other file."""
    with path.open("rb") as file:
        start = file.read(12)
    if start[:4] != b"ttcf" or len(start) < 12:
        return 1
    return int(min(struct.unpack(">I", start[8:12])[0], _MOST_FACES))


def _names(path: Path, index: int) -> tuple[str, str]:
    """The names of the family, or else of the file, and of the style."""
    family, style = open_face(path, 10, index).getname()
    return family or path.stem, style or "Regular"


def _limit_memory() -> None:
    """Limit the memory if the system can; macOS cannot, nor Windows. The time is limited anyway."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
