"""Finds which images of the edition `open` are copies: `python tools/open_edition/copies.py`.

The bar of an I and other plain glyphs look alike in many families. `notmnist.datasets.curation`
removes such copies within and between the splits. This takes a few seconds, so the result is stored
in `copies.txt` in the package, with one position per line. Run this after changing the
images, and copy the checksum that it prints into `notmnist/datasets/editions/embedded.py`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from notmnist.datasets.editions.embedded import COPIES, read
from notmnist.datasets.editions.table import EDITIONS
from notmnist.datasets.preparation import prepare_source


def find_copies() -> NDArray[np.int64]:
    """Return the positions of the images to leave out, in ascending order."""
    source = EDITIONS["open"].source()
    source = dataclasses.replace(source, key="open/whole", known_copies=None, curated=True)
    store = prepare_source(source, verbose=0)
    kept = np.concatenate([store.origin(split) for split in store.sizes()])
    shutil.rmtree(store.folder.parent)
    return np.setdiff1d(np.arange(len(read())), kept)


if __name__ == "__main__":
    text = "".join(f"{row}\n" for row in find_copies()).encode("ascii")
    Path(str(COPIES)).write_bytes(text)
    print(f"copies.txt: SHA-256 {hashlib.sha256(text).hexdigest()}")
