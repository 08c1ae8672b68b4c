"""The process that opens font files, so that a hostile one can break nothing else.

`notmnist.datasets.fonts.folder` starts it, writes a path a line to its standard input and reads
from its standard output, for each path, a line of JSON and then the pixels of the images that it
announces.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ImageFont

from notmnist.datasets.fonts.rendering import FontError, draw

__all__ = ["answer", "serve"]

_MEMORY = 2 * 1024**3
"""Bytes of address space; the largest faces need a tenth of it."""

_MOST_FACES = 64
"""Of one collection; a header may claim four thousand million."""


def serve(requests: BinaryIO, answers: BinaryIO, letters: str, size: int) -> None:
    """Answer requests until they end.

    Args:
        requests: A path as a JSON string on each line.
        answers: Gets a line of JSON for each path, followed by the images' pixels.
        letters: Letters to draw of each face.
        size: Height and width of the images in pixels.
    """
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
        and `problem` (a text, or None), and the pixels of all images in that order.
    """
    faces: list[dict[str, Any]] = []
    pixels: list[bytes] = []
    try:
        for index in range(_faces_in(path)):
            glyphs = draw(path, letters, size, index)
            family, style = _names(path, index)
            drawn = "".join(glyphs)
            faces.append({"index": index, "family": family, "style": style, "letters": drawn})
            pixels.append(np.stack(list(glyphs.values())).tobytes() if glyphs else b"")
    except (FontError, OSError) as error:
        return {"faces": faces, "problem": str(error)}, b"".join(pixels)
    return {"faces": faces, "problem": None}, b"".join(pixels)


def _faces_in(path: Path) -> int:
    """The number of faces that a collection's header claims; 1 for every other file."""
    with path.open("rb") as file:
        start = file.read(12)
    if start[:4] != b"ttcf" or len(start) < 12:
        return 1
    return int(min(struct.unpack(">I", start[8:12])[0], _MOST_FACES))


def _names(path: Path, index: int) -> tuple[str, str]:
    """The family's and the style's name; the file's where the font has none."""
    family, style = ImageFont.truetype(str(path), 10, index).getname()
    return _text(family) or path.stem, _text(style) or "Regular"


def _text(name: str | None) -> str:
    """A name fit for a table: one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in name or "").split())


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit holds there too
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer, letters=sys.argv[1], size=int(sys.argv[2]))
