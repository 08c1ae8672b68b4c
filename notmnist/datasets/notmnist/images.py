"""The images of a split as TFDS takes them: PNG bytes as they were, or else pixels."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from notmnist.datasets.glyphs import Skipped
from notmnist.datasets.png import encode
from notmnist.datasets.source import Source
from notmnist.datasets.store import Store

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
        for part in source.parts:
            for batch in part.read(Skipped(), True):
                rows = place[position : position + len(batch)]
                position += len(batch)
                # Another form of the same archive may have another order: then the pixels decide.
                same = (batch.images[: len(rows)] == images[rows]).all(axis=(1, 2)) & (rows >= 0)
                pngs = batch.pngs or ()
                for offset in np.flatnonzero(same).tolist() if pngs else ():
                    spans[rows[offset]] = (end, len(pngs[offset]))
                    end += spool.write(pngs[offset])
        for row, (start, length) in enumerate(spans.tolist()):
            if length:
                spool.seek(start)
                yield io.BytesIO(spool.read(length))
            else:
                yield io.BytesIO(encode(images[row]))
