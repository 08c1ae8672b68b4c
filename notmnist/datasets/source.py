"""Where examples come from: one shape for editions, a user's archive and IDX files."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from notmnist.datasets.archive import is_archive, read_archive
from notmnist.datasets.glyphs import GlyphBatch, Skipped, font_name
from notmnist.datasets.idx import IdxPair, find_pairs, read_pair
from notmnist.datasets.integrity import Facts
from notmnist.errors import ArchiveError, MissingSourceError

__all__ = ["Part", "Role", "Source", "archive_part", "idx_part", "source_of_path"]

Role = Literal["all", "train", "test"]


@dataclasses.dataclass(frozen=True)
class Part:
    """One file, or pair of files, of a source.

    Attributes:
        role: "all": to be divided among train, valid and test; "train": valid is held out
            of it; "test": the test split.
        read: Called with a `Skipped` and whether to keep the PNG bytes; yields batches.
        facts: What a reading must agree with, where that is published.
    """

    role: Role
    read: Callable[[Skipped, bool], Iterator[GlyphBatch]]
    facts: Facts | None = None


@dataclasses.dataclass(frozen=True)
class Source:
    """Everything that decides which examples a store holds.

    Attributes:
        key: The folder of the store, below the library's home.
        name: What `info.name` says.
        version: The version of the edition's examples; "" for a user's own files.
        fingerprint: Changes when the files do; a store with another one is made anew.
        parts: What is read, in this order.
        valid: How many examples of the "train" parts become valid; None for a twelfth.
        font_name: Makes a font's name of what the readers give as names.
        families: Returns the family of each font where families, not fonts, are kept whole.
        known_copies: Returns the positions, among the readable images in the order of reading, of
            those to leave out as copies; found once by the rule of `curation` and kept since.
        curated: Whether copies and conflicting labels are taken out, by the rule of `curation`.
        obtain: Gets the files, where need be from the network; called before they are read.
    """

    key: str
    name: str
    version: str
    fingerprint: str
    parts: tuple[Part, ...]
    valid: int | None = None
    known_copies: Callable[[], npt.NDArray[np.int64]] | None = None
    curated: bool = False
    font_name: Callable[[str], str] = font_name
    families: Callable[[], Mapping[str, str]] | None = None
    obtain: Callable[[], object] = lambda: None


def archive_part(path: Path, role: Role) -> Part:
    """Return the part that reads an archive in the original layout."""

    def read(skipped: Skipped, keep_png: bool) -> Iterator[GlyphBatch]:
        return read_archive(path, skipped=skipped, keep_png=keep_png)

    return Part(role, read)


def idx_part(pair: IdxPair, role: Role) -> Part:
    """Return the part that reads a pair of IDX files."""
    return Part(role, lambda skipped, keep_png: read_pair(pair))


def source_of_path(path: str | os.PathLike[str]) -> Source:
    """Return the source that a user's own path names.

    Args:
        path: An archive in the original layout, or a folder with IDX files: either the two
            pairs `train-` and `t10k-`, or a single pair of any name.

    Returns:
        A `Source`. Its fingerprint is made of the files' sizes and times of change.

    Raises:
        MissingSourceError: Nothing is at `path`.
        ArchiveError: It is neither.
    """
    path = Path(path).expanduser().absolute()
    if not path.exists():
        message = (
            f"`path` must name an archive or a folder of IDX files that exists. "
            f"Received: path={str(path)!r}."
        )
        raise MissingSourceError(message)
    if path.is_dir():
        pairs = find_pairs(path)
        files = [file for pair in pairs for file in (pair.images, pair.labels)]
        parts = _idx_parts(path, pairs)
    elif is_archive(path):
        files, parts = [path], (archive_part(path, "all"),)
    else:
        message = (
            f"`path` must be a tar, tar.gz or zip archive, or a folder of IDX files. "
            f"Received: path={str(path)!r}."
        )
        raise ArchiveError(message)
    place = hashlib.blake2b(os.fsencode(path), digest_size=8).hexdigest()
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    fingerprint = hashlib.blake2b(repr(stats).encode(), digest_size=16).hexdigest()
    return Source(f"paths/{place}", path.name, "", fingerprint, parts)


def _idx_parts(folder: Path, pairs: list[IdxPair]) -> tuple[Part, ...]:
    named = {pair.name: pair for pair in pairs}
    if set(named) == {"train", "t10k"}:
        return (idx_part(named["train"], "train"), idx_part(named["t10k"], "test"))
    if len(pairs) == 1:
        return (idx_part(pairs[0], "all"),)
    message = (
        "A folder of IDX files must hold one pair `<name>-images-idx3-ubyte[.gz]` and "
        "`<name>-labels-idx1-ubyte[.gz]`, or the pairs named train and t10k. "
        f"Received: {str(folder)!r} with the pairs {sorted(named)}."
    )
    raise ArchiveError(message)
