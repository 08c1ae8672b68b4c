"""A folder of fonts as a source: letters drawn from every face, split by design."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from notmnist.datasets.fonts.folder import Problem, design, find, read
from notmnist.datasets.reading.batches import Batch, Notes
from notmnist.datasets.reading.source import Part, Source
from notmnist.errors import ArchiveError

__all__ = ["fingerprint_fonts", "fonts_source"]

_LOGGER = logging.getLogger("notmnist")


def fonts_source(name: str, folder: Path, letters: str, size: int) -> Source:
    """Return the source that draws letters, its classes, from every face in a folder.

    Its store depends on all of these arguments and on the files, not only on the name.

    Raises:
        MissingSourceError: There is no such folder.
    """

    def read_part(notes: Notes) -> Iterator[Batch]:
        drawn = 0
        for found in read(find(folder), letters, size):
            if isinstance(found, Problem):
                _LOGGER.info("Skipped %s: it %s.", found.path, found.reason)
                notes.skipped.add(found.reason, found.name)
                continue
            labels = np.array([letters.index(letter) for letter in found.letters], np.uint16)
            place = found.path.relative_to(folder).with_name(found.name).as_posix()
            families = [design(found.family)] * len(labels)
            yield Batch(found.images, labels, [place] * len(labels), families)
            drawn += 1
        if not drawn:
            message = (
                f"No font in {str(folder)!r} draws one of the letters {letters!r}. "
                f"Skipped: {notes.skipped}."
            )
            raise ArchiveError(message)

    def fingerprint() -> str:
        return fingerprint_fonts(folder, letters, size)

    return Source(
        key=f"fonts/{name}-{_digest(name, str(folder), letters, size)}",
        name=name,
        version="",
        fingerprint=fingerprint(),
        parts=(Part("all", read_part),),
        class_names=tuple(letters),
        image_shape=(size, size),
        hashed=True,
        font_name=lambda place: place.rpartition("/")[2],
        current=fingerprint,
    )


def fingerprint_fonts(folder: Path, letters: str, size: int) -> str:
    """Return a digest of letters, size, and every font's path, length and modification time."""
    stats = [(path.relative_to(folder).as_posix(), path.stat()) for path in find(folder)]
    files = [(place, stat.st_size, stat.st_mtime_ns) for place, stat in stats]
    return _digest(letters, size, files)


def _digest(*of: object) -> str:
    return hashlib.blake2b(repr(of).encode(), digest_size=8).hexdigest()
