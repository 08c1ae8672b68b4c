"""The process that opens font files, so that a malicious one can harm nothing else.

`notmnist.datasets.fonts.folder` starts it and exchanges lines of JSON with it. It sends the letters
and the size, then one path per line; each line gets one line in reply.
"""

from __future__ import annotations

import base64
import contextlib
import json
import struct
import sys
from pathlib import Path
from typing import Any

from notmnist.datasets.fonts.rendering import draw, open_face

__all__ = ["answer"]

_MEMORY = 2 * 1024**3  # bytes of address space; the largest faces need a tenth of that
_MOST_FACES = 64  # of one collection; a header may claim four billion


def answer(path: Path, letters: str, size: int) -> dict[str, Any]:
    """Draw every face of a file.

    Returns:
        A dictionary with `faces` (each with `index`, `family`, `style`, the `letters` drawn and
        their `pixels` in base64) and `problem` (why not all faces were drawn, or None).
    """
    faces: list[dict[str, Any]] = []
    problem = None
    try:
        for index in range(_faces_in(path)):
            glyphs = draw(path, letters, size, index)
            family, style = open_face(path, 10, index).getname()
            pixels = b"".join(image.tobytes() for image in glyphs.values())
            face = {
                "index": index,
                "family": family or path.stem,
                "style": style or "Regular",
                "letters": "".join(glyphs),
                "pixels": base64.b64encode(pixels).decode(),
            }
            faces.append(face)
    except Exception as error:  # whatever Pillow raises for a damaged font
        cause = error.__cause__ or error
        reason = getattr(cause, "strerror", None) or str(cause) or repr(cause)
        problem = f"cannot be drawn: {reason}"
    return {"faces": faces, "problem": problem}


def _faces_in(path: Path) -> int:
    """Return the number of faces that a collection's header claims; 1 for every other file."""
    with path.open("rb") as file:
        start = file.read(12)
    if start[:4] != b"ttcf" or len(start) < 12:
        return 1
    return int(min(struct.unpack(">I", start[8:12])[0], _MOST_FACES))


def _limit_memory() -> None:
    """Limit the memory if the system can (not macOS or Windows). The time is limited anyway."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit_memory()
    letters, size = json.loads(sys.stdin.readline())
    sys.stdout.write("{}\n")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(Path(json.loads(line)), letters, size)) + "\n")
