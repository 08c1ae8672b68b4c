"""Reads a whole source: pixels into a file on disk, everything else into columns in memory."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from notmnist.datasets.letters import CLASS_NAMES
from notmnist.datasets.reading.batches import ROLES, Batch, Notes, Pixels, Skipped, natural_order
from notmnist.datasets.reading.source import Source
from notmnist.errors import ArchiveError

__all__ = ["Table", "read_source"]

_LOGGER = logging.getLogger("notmnist")
_COPIED = 1 << 22  # bytes of the pixel file rewritten at once
_CORNERS = ([0, 0, -1, -1], [0, -1, 0, -1])


@dataclasses.dataclass
class Table:
    """Everything about the examples of a source except their pixels, in reading order.

    Attributes:
        labels: uint16 array of shape (n,), positions in `class_names`.
        roles: uint8 array of shape (n,), positions in `ROLES`.
        places: uint8 array of shape (n,), the part, or the split's folder, that each is from;
            examples with the same name and label in two places are not duplicates.
        names: int32 array of shape (n,), positions in `distinct_names`; -1 if unknown.
        distinct_names: The names that the reader gave.
        families: The family of each of these, or None if each is a separate family.
        class_names: The classes.
        image_shape: Height, width and channels of every image.
        pixel_mean: The mean over all pixels, on a scale of 0 to 1.
        pixel_std: Their standard deviation, on the same scale.
        corner_mean: The mean over the four corner pixels of all images, on the same scale.
        skipped: The files left out.
    """

    labels: npt.NDArray[np.uint16]
    roles: npt.NDArray[np.uint8]
    places: npt.NDArray[np.uint8]
    names: npt.NDArray[np.int32]
    distinct_names: list[str]
    families: list[str] | None
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    pixel_mean: float
    pixel_std: float
    corner_mean: float
    skipped: Skipped


def read_source(source: Source, raw: Path, verbose: int) -> Table:
    """Read all images of a source.

    Args:
        source: What to read.
        raw: The file to write the pixels to, image after image.
        verbose: 1 for a progress bar, 0 for silence.

    Raises:
        ArchiveError: A part cannot be read, there is no readable image, or only one class.
    """
    notes = Notes(source.class_names, source.image_shape)
    counts = [part.images for part in source.parts]
    total = sum(count for count in counts if count) if all(counts) else None
    description = f"notmnist: preparing {source.name}"
    with (
        raw.open("wb+") as file,
        tqdm(unit=" images", total=total, desc=description, delay=1, disable=not verbose) as bar,
    ):
        columns = _Columns(file)
        for number, part in enumerate(source.parts):
            before = columns.count
            for batch in part.read(notes):
                columns.add(batch, number, ROLES.index(part.role))
                bar.update(len(batch))
            found = columns.count - before
            if part.images not in (None, found):  # the bytes were verified, so this is not an error
                text = "%s: %d readable images, not the published %d."
                _LOGGER.warning(text, source.name, found, part.images)
    if not columns.count:
        message = (
            f"{source.name!r} contains no readable image. In archives and folders, images must be "
            f"in class folders, as in '[train|valid|test/]A/name.png'. Skipped: {notes.skipped}."
        )
        raise ArchiveError(message)
    if len(notes.skipped):
        _LOGGER.info("%s: skipped %s.", source.name, notes.skipped)
    return columns.table(source.name, notes)


class _Columns:
    """The columns of a table while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.count = 0
        self._file = file
        self._shape: tuple[int, int, int] | None = None
        self._rows: list[tuple[npt.NDArray[Any], ...]] = []  # labels, roles, places, names
        self._ids: dict[str, int] = {}
        self._families: dict[str, str] = {}
        self._sums = np.zeros(3, np.int64)  # of pixels, of their squares, of corner pixels

    def add(self, batch: Batch, part: int, role: int) -> None:
        """Append a batch of a part."""
        self._write(batch.images)
        roles = np.full(len(batch), role, np.uint8) if batch.roles is None else batch.roles
        places = np.full(len(batch), part, np.uint8)
        if batch.roles is not None:  # folders train, valid and test: 0, 1 and 2
            places += np.maximum(batch.roles, 1) - np.uint8(1)
        names = np.full(len(batch), -1, np.int32)
        if batch.names is not None:
            names[:] = [self._ids.setdefault(name, len(self._ids)) for name in batch.names]
            self._families |= zip(batch.names, batch.families or (), strict=False)
        self._rows.append((batch.labels.astype(np.uint16), roles, places, names))
        self.count += len(batch)

    def table(self, name: str, notes: Notes) -> Table:
        """Return the columns as a table, with the classes in order."""
        assert self._shape is not None
        labels, roles, places, names = map(np.concatenate, zip(*self._rows, strict=True))
        class_names, rank = _class_order(notes, set(labels.tolist()))
        train, everything = ROLES.index("train"), ROLES.index("all")
        if (roles == train).any():
            _check_outside(name, notes, labels[roles == everything])
        elif not (roles == everything).any():
            roles[:] = everything
        if (labels == labels[0]).all():
            found = [name for name, number in notes.classes.items() if number == labels[0]]
            message = (
                f"{name!r} must contain images of at least two classes. Received: only images of "
                f"{found}."
            )
            raise ArchiveError(message)
        height, width, channels = self._shape
        pixels = self.count * height * width * channels
        total, squares, corners = (int(value) for value in self._sums)
        mean = total / pixels
        return Table(
            labels=rank[labels],
            roles=roles,
            places=places,
            names=names,
            distinct_names=list(self._ids),
            families=[self._families[name] for name in self._ids] if self._families else None,
            class_names=class_names,
            image_shape=self._shape,
            pixel_mean=mean / 255,
            pixel_std=max(squares / pixels - mean * mean, 0.0) ** 0.5 / 255,
            corner_mean=corners / (4 * self.count * channels) / 255,
            skipped=notes.skipped,
        )

    def _write(self, images: Pixels) -> None:
        if self._shape is None:
            channels = images.shape[3] if images.ndim == 4 else 1
            self._shape = (images.shape[1], images.shape[2], channels)
        if images.ndim == 4 and self._shape[2] == 1:
            self._make_colour(self._shape)
        if images.ndim == 3 and self._shape[2] == 3:
            images = np.repeat(images[..., np.newaxis], 3, axis=3)
        self._file.write(np.ascontiguousarray(images).data)
        squares = np.multiply(images, images, dtype=np.uint16)  # 255² fits
        corners = images[:, _CORNERS[0], _CORNERS[1]]
        self._sums += [int(values.sum(dtype=np.int64)) for values in (images, squares, corners)]

    def _make_colour(self, shape: tuple[int, int, int]) -> None:
        """Rewrite the grey pixels so far as three channels, from the end to the beginning."""
        size = self._file.tell()
        for start in range((size - 1) // _COPIED * _COPIED, -1, -_COPIED):
            self._file.seek(start)
            grey = self._file.read(min(_COPIED, size - start))
            self._file.seek(3 * start)
            self._file.write(np.repeat(np.frombuffer(grey, np.uint8), 3).data)
        self._file.seek(3 * size)
        self._sums *= 3
        self._shape = (shape[0], shape[1], 3)


def _check_outside(name: str, notes: Notes, labels: npt.NDArray[Any]) -> None:
    """Raise an error if there are images without a split beside those of `train`."""
    if len(labels):
        first = list(notes.classes)[labels[0]]
        raise ArchiveError(
            f"{name!r} must contain all images in the folders train, valid and test, or none. "
            f"Received: a folder train, and {len(labels):,} images outside these folders, such "
            f"as those of class {first!r}. Move or rename their folders."
        )


def _class_order(notes: Notes, found: set[int]) -> tuple[tuple[str, ...], npt.NDArray[np.uint16]]:
    """Return the classes in order, and the position of each class of `notes` among them."""
    filled = [name for name, number in notes.classes.items() if number in found]
    if not notes.open_classes or notes.in_order:
        names = tuple(notes.classes)
    elif set(filled) <= set(CLASS_NAMES):
        names = CLASS_NAMES
    else:
        names = tuple(natural_order(filled))
    positions = {name: number for number, name in enumerate(names)}
    return names, np.array([positions.get(name, 0) for name in notes.classes], np.uint16)
