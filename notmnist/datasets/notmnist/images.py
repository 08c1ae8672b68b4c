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
    are encoded. An archive is read once more a split, its files kept in a temporary file meanwhile.

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
                for offset, png in enumerate(batch.pngs or ()):
                    number = position + offset
                    if number < len(place) and place[number] >= 0:
                        spans[place[number]] = (end, len(png))
                        end += spool.write(png)
                position += len(batch)
        for row, (start, length) in enumerate(spans.tolist()):
            if length:
                spool.seek(start)
                yield io.BytesIO(spool.read(length))
            else:
                yield io.BytesIO(encode(images[row]))
