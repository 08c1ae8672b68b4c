"""Which images of the embedded edition are left out as copies.

Bars for an I and other plain glyphs look alike in many families. The rule of
`notmnist.datasets.curation` takes such copies out of and between the splits; finding them takes
seconds, so the result is kept in `copies.txt`, one position a line. After a change of the images,
`python -m notmnist.datasets.open.copies` finds them anew; a test holds the file to the rule.
"""

from __future__ import annotations

import dataclasses
import shutil
from importlib import resources

import numpy as np
import numpy.typing as npt

__all__ = ["FILE", "find_copies_of_open", "known_copies"]

FILE = resources.files(__package__) / "copies.txt"


def known_copies() -> npt.NDArray[np.int64]:
    """Return the positions of the images to leave out, rising: int64, (n,)."""
    return np.array(FILE.read_text("ascii").split(), np.int64)


def find_copies_of_open() -> npt.NDArray[np.int64]:
    """Find those positions by the rule, in some seconds."""
    from notmnist.datasets.editions import EDITIONS
    from notmnist.datasets.open import read
    from notmnist.datasets.preparation import prepare_source

    source = EDITIONS["open"].source(False, 0)
    source = dataclasses.replace(source, key="open/whole", known_copies=None, curated=True)
    store = prepare_source(source, verbose=0)
    kept = np.concatenate([store.origin(split) for split in store.sizes()])
    shutil.rmtree(store.folder)
    return np.setdiff1d(np.arange(len(read().labels)), kept)


if __name__ == "__main__":
    from pathlib import Path

    rows = find_copies_of_open()
    Path(str(FILE)).write_text("".join(f"{row}\n" for row in rows), "ascii")
