"""What a reader yields: batches of decoded glyphs, and what it had to leave out."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["GlyphBatch", "Skipped", "font_name"]

_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})", re.IGNORECASE)
_FONT_SUFFIXES = (b".ttf", b".otf", b".ttc", b".pfb", b".pfa", b".fon", b".dfont", b".woff")


@dataclasses.dataclass(frozen=True)
class GlyphBatch:
    """Some consecutive readable glyphs of one source, in the order of that source.

    Attributes:
        images: uint8 array of shape (n, 28, 28), 0 (ground) to 255 (ink).
        labels: uint8 array of shape (n,), 0 to 9 for A to J.
        names: The n members' stems (the encoded font names), or None where unknown.
        pngs: The n members' bytes as they stand in the archive, or None.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    names: Sequence[str] | None = None
    pngs: Sequence[bytes] | None = None

    def __len__(self) -> int:
        return len(self.labels)


class Skipped:
    """Counts what a reader left out, by reason, and remembers the first few names.

    Example:
        >>> skipped = Skipped()
        >>> skipped.add("empty", "A/x.png")
        >>> skipped.to_dict()
        {'empty': {'count': 1, 'names': ['A/x.png']}}
    """

    NAMES_KEPT = 20

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._names: dict[str, list[str]] = {}

    def add(self, reason: str, name: str) -> None:
        """Count `name` as left out for `reason`."""
        self._counts[reason] = self._counts.get(reason, 0) + 1
        names = self._names.setdefault(reason, [])
        if len(names) < self.NAMES_KEPT:
            names.append(_text(name))

    def merge(self, other: Skipped) -> None:
        """Count in what `other` counted."""
        for reason, count in other._counts.items():
            self._counts[reason] = self._counts.get(reason, 0) + count
            names = self._names.setdefault(reason, [])
            names.extend(other._names[reason][: self.NAMES_KEPT - len(names)])

    def __len__(self) -> int:
        return sum(self._counts.values())

    def to_dict(self) -> dict[str, Any]:
        """Return `{reason: {"count": int, "names": [the first 20]}}`, for JSON."""
        return {
            reason: {"count": count, "names": list(self._names[reason])}
            for reason, count in sorted(self._counts.items())
        }

    def __str__(self) -> str:
        parts = [f"{count} {reason}" for reason, count in sorted(self._counts.items())]
        return ", ".join(parts) or "none"


def font_name(stem: str) -> str:
    r"""Return the font's file name that a member's stem encodes.

    The original archives name each image by the base64 of its font's file name, in which some
    characters are written as backslash escapes (`Sk\xe4ggbiff.ttf`); they are decoded. A stem that
    is not base64 of readable text is taken for the font's name as it stands.

    Args:
        stem: The member's name without folder and `.png`.

    Returns:
        The font's name as text. Bytes that are not UTF-8 appear as `\\xNN`.

    Example:
        >>> font_name("RGVtb2NyYXRpY2FCb2xkT2xkc3R5bGUgQm9sZC50dGY=")
        'DemocraticaBoldOldstyle Bold.ttf'
        >>> font_name("U2tceGU0Z2diaWZmLnR0Zg==")
        'Skäggbiff.ttf'
        >>> font_name("Lato Regular")
        'Lato Regular'
    """
    altchars = b"-_" if "-" in stem or "_" in stem else b"+/"
    try:
        raw = base64.b64decode(stem.encode("ascii"), altchars=altchars, validate=True)
    except (binascii.Error, ValueError):
        return _text(stem)
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        if raw.lower().endswith(_FONT_SUFFIXES):
            return raw.decode("utf-8", errors="backslashreplace")
        return stem
    name = _ESCAPE.sub(_unescape, name)
    return name if name and name.isprintable() else stem


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[1] or match[2], 16))
    return character if character.isprintable() else match[0]


def _text(name: str) -> str:
    """Return a name as text that every encoding of Unicode takes."""
    raw = name.encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")
