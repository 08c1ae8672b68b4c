"""The embedded edition: letters A–J of open-licensed faces, drawn by this project.

`images.idx.xz` contains the images in MNIST's own layout, `fonts.tsv` a row for each face (ten
images) in the order of the images, and `copies.txt` the positions of the images to leave out
because they are copies, found by the rule of `curation` and stored because finding them takes
seconds. The scripts in `tools/open_edition` create all three.
"""

from __future__ import annotations

import csv
import hashlib
import io
import lzma
from importlib import resources

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import CLASS_NAMES
from notmnist.datasets.reading.batches import Batch
from notmnist.datasets.reading.source import Part, Source
from notmnist.errors import IntegrityError

__all__ = ["COPIES", "FOLDER", "IMAGES_SHA256", "copies", "embedded_source", "read", "table"]

FOLDER = resources.files("notmnist.datasets") / "open"
COPIES = FOLDER / "copies.txt"
IMAGES_SHA256 = "e3a4aa65228d65582f4370495f3f85c245383c75f17766c26f3d2aad9f02ed63"
_COPIES_SHA256 = "257d24028a938a21cc9b34456dd629fcff1cf0149cc8d6df54a1bc9c26a5887b"
_TABLE_SHA256 = "cb739ad14e19e645cbdda9aa40efee07713c3a20678bc607f23aa7997e3b822c"

_HEADER = 16  # bytes of an IDX file of three dimensions: magic number, three sizes


def read() -> Batch:
    """Decode all images, in the order of the table; the names are those of the faces.

    Raises:
        IntegrityError: A file in the package differs from the one that was shipped.
    """
    raw = lzma.decompress(_verified("images.idx.xz", IMAGES_SHA256))
    sizes = np.frombuffer(raw, ">u4", count=4)[1:]
    faces = table()
    return Batch(
        images=np.frombuffer(raw, np.uint8, offset=_HEADER).reshape(sizes),
        labels=np.tile(np.arange(len(CLASS_NAMES), dtype=np.uint8), len(faces)),
        names=[face["font"] for face in faces for _ in CLASS_NAMES],
        families=[face["family"] for face in faces for _ in CLASS_NAMES],
    )


def table() -> list[dict[str, str]]:
    """Return a row for each face, in the order of the images.

    The columns are `font` (the file's name, unique), `family` (the name of its design, without
    style words), `licence` (its SPDX name, if it has one), `package` (of Debian or npm), `path`
    within the package and `index` within the file.

    Raises:
        IntegrityError: The table differs from the one that was shipped.
    """
    text = _verified("fonts.tsv", _TABLE_SHA256).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t"))


def copies() -> npt.NDArray[np.int64]:
    """Return the positions of the images to leave out: int64, (n,).

    Raises:
        IntegrityError: The list differs from the one that was shipped.
    """
    return np.array(_verified("copies.txt", _COPIES_SHA256).split(), np.int64)


def _verified(name: str, sha256: str) -> bytes:
    raw = (FOLDER / name).read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        raise IntegrityError(
            f"The embedded file {name!r} has SHA-256 {found}, not {sha256}. Install notmnist again."
        )
    return raw


def embedded_source(version: str) -> Source:
    """Return the source of the edition."""
    files = (IMAGES_SHA256, _TABLE_SHA256, _COPIES_SHA256)
    return Source(
        key=f"open/{version}",
        name="open",
        version=version,
        fingerprint=hashlib.sha256("".join(files).encode()).hexdigest(),
        parts=(Part("all", lambda notes: iter([read()])),),
        font_name=str,
        known_copies=copies,
    )
