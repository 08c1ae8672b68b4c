"""A folder of fonts as a source: letters drawn from every face, divided by design."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from notmnist.datasets.fonts.folder import Face, Problem, design, find, read
from notmnist.datasets.reading.batches import Batch, Notes
from notmnist.datasets.reading.source import Part, Source

__all__ = ["fingerprint_fonts", "fonts_source"]

_FACES = 256  # in a batch


def fonts_source(name: str, folder: Path, letters: str, size: int) -> Source:
    """Return the source that draws letters of every face below a folder.

    Args:
        name: What `info.name` says.
        folder: The folder of fonts.
        letters: The letters to draw, each once; they are the classes.
        size: Height and width of the images in pixels.

    Returns:
        A `Source`. Its store is known by a digest of letters, size and files, not by its name.
    """

    def read_part(notes: Notes) -> Iterator[Batch]:
        faces: list[Face] = []
        for found in read(find(folder), letters, size):
            if isinstance(found, Problem):
                notes.skipped.add(found.reason, found.path.name)
                continue
            faces.append(found)
            if len(faces) == _FACES:
                yield _batch(faces, folder, letters)
                faces = []
        if faces:
            yield _batch(faces, folder, letters)

    def fingerprint() -> str:
        return fingerprint_fonts(folder, letters, size)

    return Source(
        key=f"fonts/{fingerprint()}",
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
    made_of = repr((letters, size, files))
    return hashlib.blake2b(made_of.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def _batch(faces: list[Face], folder: Path, letters: str) -> Batch:
    labels, names, families = [], [], []
    for face in faces:
        place = face.path.relative_to(folder).with_name(face.name).as_posix()
        labels += [letters.index(letter) for letter in face.letters]
        names += [place] * len(face.letters)
        families += [design(face.family)] * len(face.letters)
    images = np.concatenate([face.images for face in faces])
    return Batch(images, np.array(labels, np.uint16), names, families)
