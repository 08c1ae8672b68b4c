"""The images of a split as TFDS takes them: PNG bytes as they were, or else pixels."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.reading.batches import Notes, Pixels
from notmnist.datasets.reading.images import encode
from notmnist.datasets.reading.source import Source
from notmnist.datasets.store.arrays import Store

__all__ = ["stored_images"]


def stored_images(source: Source, store: Store, split: str) -> Iterator[Any]:
    """Yield the images of `split` in stored order, as PNG files.

    The bytes are those of the source's own PNG files where it has such; IDX and rendered images
    are encoded, and so is a file whose pixels are not the stored ones. An archive is read once
    more a split, its files kept in a temporary file meanwhile.

    Args:
        source: Where the store came from.
        store: The store.
        split: "train", "valid" or "test".

    Yields:
        Binary file objects.
    """
    origin = store.origin(split)
    images = store.images(split)
    place = np.full(int(origin.max()) + 1, -1, np.int64)
    place[origin] = np.arange(len(origin))
    spans = np.zeros((len(origin), 2), np.int64)
    with tempfile.TemporaryFile() as spool:
        position = end = 0
        notes = Notes(source.class_names, source.image_shape, keep_files=True)
        for part in source.parts:
            if not any(later.has_files for later in source.parts):
                break
            for batch in part.read(notes):
                rows = place[position : position + len(batch)]
                position += len(batch)
                # Another form of the same archive may have another order: then the pixels decide.
                same = _equal(batch.images[: len(rows)], images[rows]) & (rows >= 0)
                files = batch.files or ()
                for offset in np.flatnonzero(same).tolist() if files else ():
                    if files[offset]:
                        spans[rows[offset]] = (end, len(files[offset]))
                        end += spool.write(files[offset])
        for row, (start, length) in enumerate(spans.tolist()):
            if length:
                spool.seek(start)
                yield io.BytesIO(spool.read(length))
            else:
                yield io.BytesIO(encode(images[row]))


def _equal(some: Pixels, others: Pixels) -> npt.NDArray[np.bool_]:
    """Tell which images of two arrays are equal, none if one array is in colour."""
    if some.shape != others.shape:
        return np.zeros(len(some), bool)
    equal: npt.NDArray[np.bool_] = (some == others).all(axis=tuple(range(1, some.ndim)))
    return equal
