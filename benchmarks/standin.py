"""A stand-in for notMNIST's archives: the original layout and sizes, with images of `open`.

Every image is one of the edition `open`, shifted and dimmed depending on its number, so that no two
files are equal and each takes about as many bytes as an original one.
"""

import base64
import io
import os
import tarfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from notmnist.datasets.editions import embedded
from notmnist.datasets.reading.source import Source
from notmnist.datasets.store.arrays import Store

LETTERS = "ABCDEFGHIJ"
_BLOCK = 512


def archive(work: Path, count: int) -> Path:
    """Return the path of a tar.gz with `count` members in the folder, writing it if missing."""
    path = work / f"standin-{count}.tar.gz"
    return path if path.exists() else write(path, count)


def write(path: Path, count: int) -> Path:
    """Write a tar.gz with `count` members, a tenth for each letter; return `path`."""
    made = path.with_suffix(".tmp")
    tar = tarfile.open(made, "w:gz", compresslevel=1)  # noqa: SIM115
    with tar, ProcessPoolExecutor(os.cpu_count()) as pool:
        for members in pool.map(_letter, range(10), [count] * 10):
            tar.fileobj.write(members)
            tar.offset += len(members)
    return made.replace(path)


def _letter(letter: int, count: int) -> bytes:
    """Return the members of a letter as they are in a tar file."""
    edition = embedded.read()
    rows = np.flatnonzero(edition.labels == letter)
    parts = []
    for number in range(letter, count, 10):
        image = edition.images[rows[(number // 10) % len(rows)]]
        turn = number // (10 * len(rows))
        image = np.roll(image, (turn % 5 - 2, turn // 5 % 5 - 2), (0, 1))
        image = (image * (1 - (turn // 25) / 255)).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(image).save(file, "png")
        data = file.getvalue()
        name = base64.b64encode(f"Stand-in {number // 10:06}.ttf".encode()).decode()
        info = tarfile.TarInfo(f"notMNIST_standin/{LETTERS[letter]}/{name}.png")
        info.size = len(data)
        parts += [info.tobuf(), data, bytes(-len(data) % _BLOCK)]
    return b"".join(parts)


def store(path: Path, home: Path) -> Store:
    """Prepare an archive's images, all but ten as the split "train", and register them.

    After this, `load("stand-in")` returns them in this process.
    """
    os.environ["NOTMNIST_HOME"] = str(home)
    import dataclasses

    import notmnist
    from notmnist.datasets import loading
    from notmnist.datasets.editions.own import source_of_path
    from notmnist.datasets.reading.source import Part

    def source(version: str, download: bool, verbose: int) -> Source:
        own = source_of_path(path)
        parts = (Part("train", own.parts[0].read),)
        return dataclasses.replace(own, key=f"stand-in/{path.name}", parts=parts, valid=10)

    entry = dataclasses.replace(loading.EDITIONS["open"], name="stand-in", make=source)
    loading.EDITIONS = {**loading.EDITIONS, "stand-in": entry}
    return notmnist.datasets.prepare("stand-in", verbose=0)
