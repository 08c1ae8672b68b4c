"""Batches of decoded images, which every reader yields, and the notes it takes."""

from __future__ import annotations

import base64
import binascii
import collections
import dataclasses
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import CLASS_NAMES
from notmnist.errors import ArchiveError

__all__ = [
    "ROLES",
    "SPLIT_NAMES",
    "Batch",
    "Notes",
    "Pixels",
    "Role",
    "Skipped",
    "font_name",
    "natural_order",
    "number_classes",
]

Pixels = npt.NDArray[np.uint8]
"""Images: uint8, (n, height, width) if grey, (n, height, width, 3) if in colour."""

Role = Literal["all", "train", "valid", "test"]
"""The split that an example belongs to; "all" if it may go into any of the three."""

ROLES: tuple[Role, ...] = get_args(Role)

SPLIT_NAMES: Mapping[Role, tuple[str, ...]] = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev"),
    "test": ("test", "testing"),
}
"""The names that a user's files may use for each split."""

_MOST_NUMBERED = 1 << 16  # classes
_NAMES_KEPT = 20  # of files skipped for one reason
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})", re.IGNORECASE)
_NUMBERED = re.compile(r"\.[0-9]+$")
_FONT_SUFFIXES = (b".ttf", b".otf", b".ttc", b".pfb", b".pfa", b".fon", b".dfont", b".woff")


@dataclasses.dataclass(frozen=True)
class Batch:
    """Some consecutive readable images of one part of a source, in the order of that part.

    Attributes:
        images: uint8 array of shape (n, height, width), or (n, height, width, 3) if any of them is
            in colour.
        labels: Integer array of shape (n,), positions in `Notes.classes`.
        names: The n names that distinguish examples of a class (in the original archives the
            encoded names of the fonts), or None if there are none.
        families: The n font families, or other names of groups that must stay in one split; None
            if each font is a separate group.
        roles: uint8 array of shape (n,), positions in `ROLES`, or None: the part's role.
    """

    images: Pixels
    labels: npt.NDArray[np.integer[Any]]
    names: Sequence[str] | None = None
    families: Sequence[str] | None = None
    roles: npt.NDArray[np.uint8] | None = None

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

    def __init__(self) -> None:
        self._counts: collections.Counter[str] = collections.Counter()
        self._names: dict[str, list[str]] = collections.defaultdict(list)

    def add(self, reason: str, name: str) -> None:
        """Count `name` as left out for `reason`."""
        self._counts[reason] += 1
        if len(self._names[reason]) < _NAMES_KEPT:
            self._names[reason].append(_text(name))

    def __len__(self) -> int:
        return sum(self._counts.values())

    def to_dict(self) -> dict[str, Any]:
        """Return `{reason: {"count": int, "names": [the first 20]}}`, for JSON."""
        return {
            reason: {"count": count, "names": self._names[reason]}
            for reason, count in sorted(self._counts.items())
        }

    def __str__(self) -> str:
        parts = [f"{count} {reason}" for reason, count in sorted(self._counts.items())]
        return ", ".join(parts) or "none"


def natural_order(names: Iterable[str]) -> list[str]:
    """Return names sorted as a person would sort them, with the numbers in them by value.

    Example:
        >>> natural_order(["class 10", "class 9", "B", "A"])
        ['A', 'B', 'class 9', 'class 10']
    """

    def key(name: str) -> list[Any]:
        parts = re.split(r"([0-9]+)", name)  # text and numbers in turn
        return [(int(part), part) if place % 2 else part for place, part in enumerate(parts)]

    return sorted(names, key=key)


def number_classes(low: int, high: int) -> tuple[int, tuple[str, ...]]:
    """Return the label of the first class, and the names of the classes.

    The labels are `low` to `high`, the first one 0 or 1. The names are A to J for up to ten
    classes, A to Z for 26, and otherwise the labels as text.

    Raises:
        ArchiveError: A label is negative, or above 65,535.

    Example:
        >>> number_classes(1, 26)[1][:3], number_classes(0, 61)[1][-1]
        (('A', 'B', 'C'), '61')
    """
    if low < 0 or high >= _MOST_NUMBERED:
        message = f"Labels must be 0 to {_MOST_NUMBERED - 1}. Received: {low} to {high}."
        raise ArchiveError(message)
    first = int(low == 1 and high >= len(CLASS_NAMES))
    count = high + 1 - first
    if count <= len(CLASS_NAMES):
        return first, CLASS_NAMES
    if count == len(string.ascii_uppercase):
        return first, tuple(string.ascii_uppercase)
    return first, tuple(str(number) for number in range(first, high + 1))


class Notes:
    """What a reader knows before it reads, and what it records while reading.

    Args:
        class_names: The classes, if known; others are ignored. None if every folder is a class.
        shape: Height and width, if known; other images are skipped. None for the size of the first
            image; any other size is then an error.

    Attributes:
        classes: The position of each class by its name.
        open_classes: Whether readers may add classes.
        in_order: Whether the classes are already in order; otherwise they are sorted naturally.
        shape: Height and width of the images, None before the first one.
        skipped: The files left out, with the reason.
    """

    def __init__(
        self,
        class_names: Sequence[str] | None = None,
        shape: tuple[int, int] | None = None,
    ) -> None:
        self.classes = {name: number for number, name in enumerate(class_names or ())}
        self.open_classes = class_names is None
        self.in_order = False
        self.shape = shape
        self.skipped = Skipped()
        self._fixed_shape = shape is not None
        self._first = ""

    def number(self, name: str) -> int | None:
        """Return the position of a class, adding it if allowed; None if there is no such class."""
        if self.open_classes:
            return self.classes.setdefault(name, len(self.classes))
        return self.classes.get(name)

    def refuse(self, shape: tuple[int, ...], name: str) -> str | None:
        """Return why an image of this shape must be skipped, None if it can be used.

        Raises:
            ArchiveError: No size was given, and this image's size differs from the first one's.
        """
        size = (shape[0], shape[1])
        if self.shape is None:
            self.shape, self._first = size, name
        if self._fixed_shape and len(shape) > 2:
            return "in colour"
        if size == self.shape:
            return None
        if self._fixed_shape:
            return f"not {_pixels(self.shape)}"
        message = (
            "All images must have the same size. "
            f"Received: {self._first!r} of {_pixels(self.shape)} and {name!r} of {_pixels(size)}. "
            "Resize them, or remove those that do not belong."
        )
        raise ArchiveError(message)


def _pixels(shape: tuple[int, int]) -> str:
    return f"{shape[0]}×{shape[1]} pixels"


def font_name(stem: str) -> str:
    r"""Return the font's file name that a member's stem encodes.

    The original archives name each image by the base64 of its font's file name, in which some
    characters are written as backslash escapes (`Sk\xe4ggbiff.ttf`); they are decoded. A stem that
    is not base64 of readable text is returned as the font's name unchanged. A number after a dot
    distinguishes several images of a font and is not part of its name. Bytes that are not UTF-8
    appear as `\\xNN`.

    Example:
        >>> font_name("RGVtb2NyYXRpY2FCb2xkT2xkc3R5bGUgQm9sZC50dGY=")
        'DemocraticaBoldOldstyle Bold.ttf'
        >>> font_name("U2tceGU0Z2diaWZmLnR0Zg=="), font_name("U2tceGU0Z2diaWZmLnR0Zg==.2")
        ('Skäggbiff.ttf', 'Skäggbiff.ttf')
        >>> font_name("Lato Regular")
        'Lato Regular'
    """
    encoded = _NUMBERED.sub("", stem)
    altchars = b"-_" if "-" in encoded or "_" in encoded else b"+/"
    try:
        raw = base64.b64decode(encoded.encode("ascii"), altchars=altchars, validate=True)
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
    """Return a name as text that every Unicode encoding accepts."""
    raw = name.encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")
