"""A folder of fonts as a source: letters drawn from every face, divided by design."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from notmnist.datasets.fonts.folder import Face, Problem, design, find, read
from notmnist.datasets.reading.batches import Batch, Notes
from notmnist.datasets.reading.source import Part, Source
from notmnist.errors import ArchiveError

__all__ = ["fingerprint_fonts", "fonts_source"]

_LOGGER = logging.getLogger("notmnist")
_BYTES = 1 << 24  # of pixels in a batch, but at least one face


def fonts_source(name: str, folder: Path, letters: str, size: int) -> Source:
    """Return the source that draws letters of every face below a folder.

    Args:
        name: What `info.name` says.
        folder: The folder of fonts.
        letters: The letters to draw, each once; they are the classes.
        size: Height and width of the images in pixels.

    Returns:
        A `Source`. Its store belongs to all of these arguments and to the files, not to the name
        alone.

    Raises:
        MissingSourceError: There is no such folder.
    """

    def read_part(notes: Notes) -> Iterator[Batch]:
        faces: list[Face] = []
        drawn = size_of_batch = 0
        for found in read(find(folder), letters, size):
            if isinstance(found, Problem):
                _LOGGER.info("Skipped %s: it %s.", found.path, found.reason)
                notes.skipped.add(found.reason, found.name)
                continue
            faces.append(found)
            drawn += 1
            size_of_batch += found.images.nbytes
            if size_of_batch >= _BYTES:
                yield _batch(faces, folder, letters)
                faces, size_of_batch = [], 0
        if faces:
            yield _batch(faces, folder, letters)
        if not drawn:
            message = (
                f"No font below {str(folder)!r} draws one of the letters {letters!r}. "
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
    """Return a digest of letters, size, and every font's path, length and time of change."""
    stats = [(path.relative_to(folder).as_posix(), path.stat()) for path in find(folder)]
    files = [(place, stat.st_size, stat.st_mtime_ns) for place, stat in stats]
    return _digest(letters, size, files)


def _digest(*of: object) -> str:
    return hashlib.blake2b(repr(of).encode(), digest_size=8).hexdigest()


def _batch(faces: list[Face], folder: Path, letters: str) -> Batch:
    labels, names, families = [], [], []
    for face in faces:
        place = face.path.relative_to(folder).with_name(face.name).as_posix()
        labels += [letters.index(letter) for letter in face.letters]
        names += [place] * len(face.letters)
        families += [design(face.family)] * len(face.letters)
    images = np.concatenate([face.images for face in faces])
    return Batch(images, np.array(labels, np.uint16), names, families)
